// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/runtime_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IPC_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define SCHEME       "ipc://"

static int set_endpoint(char endpoint[IPC_ENDPOINT_MAX], const char *path, const char *name, char *error, size_t size)
{
    int n = snprintf(endpoint, IPC_ENDPOINT_MAX, SCHEME "%s/%s", path, name);
    if (n >= 0 && (size_t)n <= strlen(SCHEME) + IPC_PATH_MAX)
        return 0;
    snprintf(error, size, "the runtime directory '%s' is too long: the path of a socket in it may have %zu characters",
             path, IPC_PATH_MAX);
    return -ENAMETOOLONG;
}

const char *runtime_dir_path(const char *endpoint)
{
    return endpoint + strlen(SCHEME);
}

static void remove_socket(const char *endpoint)
{
    struct stat st;
    const char *path = runtime_dir_path(endpoint);
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
}

static void remove_sockets(const struct runtime_dir *dir)
{
    remove_socket(dir->metrics);
    remove_socket(dir->control);
    remove_socket(dir->frames);
    remove_socket(dir->inner_metrics);
    remove_socket(dir->inner_control);
    remove_socket(dir->inner_remote);
    remove_socket(dir->inner_frames);
}

static int set_endpoints(struct runtime_dir *out, const char *path, char *error, size_t size)
{
    const struct {
        char *endpoint;
        const char *name;
    } all[] = {{out->metrics, "metrics"},  {out->control, "control"},  {out->frames, "frames"},
               {out->inner_metrics, ".m"}, {out->inner_control, ".c"}, {out->inner_remote, ".r"},
               {out->inner_frames, ".f"}};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
        rc = set_endpoint(all[i].endpoint, path, all[i].name, error, size);
    return rc;
}

// For who comes second. Nobody relies on it, so it need not be written.
static void sign(int fd)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
    (void)!ftruncate(fd, 0);
    (void)!pwrite(fd, text, (size_t)length, 0);
}

static int signed_by(int fd)
{
    char text[16] = "";
    return pread(fd, text, sizeof text - 1, 0) > 0 ? atoi(text) : 0;
}

static int take_lock(const char *path, char *error, size_t size)
{
    char name[512];
    snprintf(name, sizeof name, "%s/lock", path);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        int rc = -errno;
        snprintf(error, size, "%s: %s", name, strerror(-rc));
        return rc;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        sign(fd);
        return fd;
    }
    int rc = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
    if (rc == -EADDRINUSE)
        snprintf(error, size, "another poised, process %d, runs in '%s'; give this one a --runtime-dir of its own",
                 signed_by(fd), path);
    else
        snprintf(error, size, "%s: %s", name, strerror(-rc));
    close(fd);
    return rc;
}

int runtime_dir_take(struct runtime_dir *out, const char *path, char *error, size_t error_size)
{
    out->lock = -1;
    struct stat st;
    int rc = set_endpoints(out, path, error, error_size);
    if (rc != 0)
        return rc;
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        rc = -errno;
        snprintf(error, error_size, "the runtime directory '%s' cannot be made: %s", path, strerror(-rc));
        return rc;
    }
    int fd = take_lock(path, error, error_size);
    if (fd < 0)
        return fd;
    out->lock = fd;
    out->group = stat(path, &st) == 0 ? st.st_gid : getegid();
    remove_sockets(out);
    return 0;
}

void runtime_dir_release(struct runtime_dir *dir)
{
    if (dir->lock < 0)
        return;
    remove_sockets(dir);
    // The lock file stays: removing it would let two daemons hold locks on two files of one name.
    close(dir->lock);
    dir->lock = -1;
}
