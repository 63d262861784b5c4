// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *state_file_read(const char *path, size_t *size, int *rc)
{
    // O_NONBLOCK: a fifo in its place must not hold the daemon up.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st = {0};
    *rc = fd < 0 || fstat(fd, &st) != 0 ? -errno : 0;
    if (*rc == 0 && (!S_ISREG(st.st_mode) || st.st_size > STATE_FILE_MAX))
        *rc = -EFBIG;
    char *text = *rc == 0 ? malloc(STATE_FILE_MAX + 1) : NULL;
    if (*rc == 0 && !text)
        *rc = -ENOMEM;
    *size = 0;
    while (*rc == 0 && *size <= STATE_FILE_MAX) {
        ssize_t n = read(fd, text + *size, STATE_FILE_MAX + 1 - *size);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            *rc = -errno;
        *size += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    if (*rc == 0) {
        text[*size <= STATE_FILE_MAX ? *size : STATE_FILE_MAX] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

static int write_all(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return -errno;
        left -= n > 0 ? (size_t)n : 0;
        text += n > 0 ? n : 0;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) != 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
    return rc == -EINVAL ? 0 : rc; // a file system that cannot sync folders
}

int state_file_replace(const char *path, const char *text)
{
    if (strlen(path) >= STATE_FILE_PATH)
        return -ENAMETOOLONG;
    char aside[STATE_FILE_PATH + 8], folder[STATE_FILE_PATH];
    snprintf(aside, sizeof aside, "%s.new", path);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (mkdir(folder, 0750) != 0 && errno != EEXIST)
        return -errno;
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    if (fd < 0)
        return -errno;
    int rc = write_all(fd, text);
    if (close(fd) != 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(aside, path) != 0)
        rc = -errno;
    if (rc == 0)
        return sync_folder(folder);
    unlink(aside);
    return rc;
}

int state_file_remove(const char *path)
{
    char folder[STATE_FILE_PATH];
    if (unlink(path) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    return sync_folder(folder);
}
