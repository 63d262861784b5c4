// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/curve_key.h"

#include <czmq.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX    16384
#define SECRET_BITS 0077U // that others may not have
#define PUBLIC_BITS 0022U

static int judge_file(const struct stat *st, const char *path, unsigned forbidden, char *error, size_t size)
{
    if (st->st_uid != geteuid() && st->st_uid != 0) {
        snprintf(error, size, "%s belongs to another user (%u); it must be owned by the one that uses it, or by root",
                 path, (unsigned)st->st_uid);
        return -EINVAL;
    }
    if (st->st_mode & forbidden) {
        snprintf(error, size, "%s has permissions %04o, which let others %s; chmod %04o it", path,
                 (unsigned)st->st_mode & 07777U, forbidden == PUBLIC_BITS ? "write there" : "read a secret",
                 (unsigned)st->st_mode & 07777U & ~forbidden);
        return -EINVAL;
    }
    return 0;
}

int curve_key_check_file(const char *path, unsigned forbidden, char *error, size_t error_size)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return judge_file(&st, path, forbidden, error, error_size);
    int rc = errno == ENOENT ? -ENOENT : -EINVAL;
    snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return rc;
}

// The file's text, judged and read through one descriptor, so that it is the file that was judged.
static int read_file(const char *path, unsigned forbidden, char text[FILE_MAX], char *error, size_t size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int rc = errno == ENOENT ? -ENOENT : -EINVAL;
        snprintf(error, size, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return rc;
    }
    int rc = judge_file(&st, path, forbidden, error, size);
    ssize_t n = rc == 0 && S_ISREG(st.st_mode) && st.st_size < FILE_MAX ? read(fd, text, FILE_MAX - 1) : -1;
    close(fd);
    if (rc == 0 && n < 0) {
        snprintf(error, size, "%s is no key file", path);
        rc = -EINVAL;
    }
    text[n > 0 ? n : 0] = '\0';
    return rc;
}

static bool take_key(char out[CURVE_KEY_TEXT], const char *text)
{
    uint8_t raw[32];
    if (!text || strlen(text) != CURVE_KEY_TEXT - 1 || !zmq_z85_decode(raw, text))
        return false;
    memcpy(out, text, CURVE_KEY_TEXT);
    return true;
}

static bool take(struct curve_key *out, zconfig_t *root, bool secret)
{
    char derived[CURVE_KEY_TEXT];
    snprintf(out->name, sizeof out->name, "%s", zconfig_get(root, "metadata/name", ""));
    if (!take_key(out->public_text, zconfig_get(root, "curve/public-key", NULL)))
        return false;
    return !secret || (take_key(out->secret_text, zconfig_get(root, "curve/secret-key", NULL)) &&
                       zmq_curve_public(derived, out->secret_text) == 0 && strcmp(derived, out->public_text) == 0);
}

int curve_key_load(struct curve_key *out, const char *path, bool secret, char *error, size_t error_size)
{
    static const char *const wanted[] = {"a public key", "a public key and the secret key that belongs to it"};
    char text[FILE_MAX];
    memset(out, 0, sizeof *out);
    int rc = read_file(path, secret ? SECRET_BITS : PUBLIC_BITS, text, error, error_size);
    if (rc != 0)
        return rc;
    zconfig_t *root = zconfig_str_load(text);
    if (!root || !take(out, root, secret)) {
        snprintf(error, error_size, "%s does not hold %s as poisectl keygen writes them", path, wanted[secret]);
        rc = -EINVAL;
    }
    zconfig_destroy(&root);
    explicit_bzero(text, sizeof text);
    return rc;
}
