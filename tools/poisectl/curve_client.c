// SPDX-License-Identifier: GPL-3.0-or-later
#include "curve_client.h"

#include "ctl.h"
#include "publish/curve_key.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#define PATH_SIZE 512

// The one secret in the folder, besides a server's.
static int find_secret(char file[PATH_SIZE], const char *folder)
{
    char pattern[PATH_SIZE];
    glob_t found;
    int n = 0;
    snprintf(pattern, sizeof pattern, "%s/*" CURVE_SECRET_SUFFIX, folder);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *name = strrchr(found.gl_pathv[i], '/') + 1;
            if (strcmp(name, "server" CURVE_SECRET_SUFFIX) == 0)
                continue;
            snprintf(file, PATH_SIZE, "%s", found.gl_pathv[i]);
            n++;
        }
        globfree(&found);
    }
    if (n == 1)
        return 0;
    return ctl_fail("--curve: %s has %s client's *" CURVE_SECRET_SUFFIX "%s; poisectl keygen --client makes one",
                    folder, n == 0 ? "no" : "more than one", n == 0 ? "" : ", name the file");
}

static int find_files(char secret[PATH_SIZE], char server[PATH_SIZE], const char *path)
{
    struct stat st;
    if (strlen(path) > PATH_SIZE - 32)
        return ctl_fail("--curve: '%s' is too long a path", path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        snprintf(server, PATH_SIZE, "%s/server" CURVE_PUBLIC_SUFFIX, path);
        return find_secret(secret, path);
    }
    const char *slash = strrchr(path, '/');
    snprintf(secret, PATH_SIZE, "%s", path);
    snprintf(server, PATH_SIZE, "%.*sserver" CURVE_PUBLIC_SUFFIX, slash ? (int)(slash - path) + 1 : 0, path);
    return 0;
}

int curve_client_apply(void *socket, const char *path)
{
    char secret[PATH_SIZE], server[PATH_SIZE], error[PATH_SIZE + 200];
    struct curve_key own, theirs;
    if (find_files(secret, server, path) != 0)
        return 1;
    if (curve_key_load(&own, secret, true, error, sizeof error) != 0 ||
        curve_key_load(&theirs, server, false, error, sizeof error) != 0)
        return ctl_fail("--curve: %s", error);
    int rc = zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, theirs.public_text, CURVE_KEY_TEXT);
    if (rc == 0)
        rc = zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own.public_text, CURVE_KEY_TEXT);
    if (rc == 0)
        rc = zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own.secret_text, CURVE_KEY_TEXT);
    explicit_bzero(&own, sizeof own);
    return rc == 0 ? 0 : ctl_fail("--curve: this libzmq has no CURVE: %s", zmq_strerror(zmq_errno()));
}
