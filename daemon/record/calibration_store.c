// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/calibration_store.h"

#include "core/name.h"
#include "record/calibration_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER   "/calibration"
#define ANYONE   "anyone"
#define FILE_MAX (256 * 1024) // thirteen sites take ten kilobytes

static int take_name(char to[CALIBRATION_OWNER], const char *what, const char *name, char *error, size_t size)
{
    if (name_is_plain(name) && strlen(name) < CALIBRATION_OWNER) {
        memcpy(to, name, strlen(name) + 1);
        return 0;
    }
    snprintf(error, size, "%s '%.80s' is not a name; allowed: " PLAIN_NAME_ALLOWED, what, name);
    return -EINVAL;
}

static int take_owner(struct calibration_owner *owner, const char *subject, const char *rig, char *error, size_t size)
{
    int rc = take_name(owner->subject, "subject", subject && subject[0] != '\0' ? subject : ANYONE, error, size);
    return rc == 0 ? take_name(owner->rig, "rig", rig, error, size) : rc;
}

// Whose calibration it is, and the path it is kept at.
static int locate(struct calibration_owner *owner, char path[CALIBRATION_PATH], const char *dir, const char *subject,
                  const char *rig, char *error, size_t error_size)
{
    int rc = take_owner(owner, subject, rig, error, error_size);
    if (rc != 0)
        return rc;
    int n = snprintf(path, CALIBRATION_PATH, "%s" FOLDER "/%s@%s.json", dir, owner->subject, owner->rig);
    if (n >= 0 && n < CALIBRATION_PATH)
        return 0;
    snprintf(error, error_size, "%.80s…: this path is too long", dir);
    return -ENAMETOOLONG;
}

int calibration_store_path(char path[CALIBRATION_PATH], const char *dir, const char *subject, const char *rig,
                           char *error, size_t error_size)
{
    struct calibration_owner owner;
    return locate(&owner, path, dir, subject, rig, error, error_size);
}

// The whole file, to be freed; NULL and negative errno in *rc, -EFBIG also for what is no file.
static char *read_all(const char *path, size_t *size, int *rc)
{
    // O_NONBLOCK: a fifo in its place must not hold the daemon up.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    *rc = fd < 0 || fstat(fd, &st) != 0 ? -errno : 0;
    if (*rc == 0 && (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX))
        *rc = -EFBIG;
    char *text = *rc == 0 ? malloc(FILE_MAX + 1) : NULL;
    if (*rc == 0 && !text)
        *rc = -ENOMEM;
    *size = 0;
    while (*rc == 0 && *size <= FILE_MAX) {
        ssize_t n = read(fd, text + *size, FILE_MAX + 1 - *size);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            *rc = -errno;
        *size += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    if (*rc == 0)
        return text;
    free(text);
    return NULL;
}

static int parse(struct calibration *calibration, const struct calibration_owner *owner, const char *text, size_t size,
                 char *what, size_t what_size)
{
    struct calibration read;
    struct calibration_owner found;
    int rc = calibration_file_parse(&read, &found, text, size, what, what_size);
    if (rc != 0)
        return rc;
    if (strcmp(found.subject, owner->subject) != 0 || strcmp(found.rig, owner->rig) != 0) {
        snprintf(what, what_size, "keys 'subject' and 'rig': it is of subject %s on rig %s", found.subject, found.rig);
        return -EINVAL;
    }
    *calibration = read;
    return 0;
}

int calibration_store_load(struct calibration *calibration, const char *dir, const char *subject, const char *rig,
                           char *error, size_t error_size)
{
    struct calibration_owner owner;
    char path[CALIBRATION_PATH], what[256] = "";
    int rc = locate(&owner, path, dir, subject, rig, error, error_size);
    if (rc != 0)
        return rc;
    size_t size;
    char *text = read_all(path, &size, &rc);
    if (text)
        rc = parse(calibration, &owner, text, size, what, sizeof what);
    free(text);
    if (rc == -EFBIG)
        snprintf(what, sizeof what, "is no file of a calibration's size");
    if (rc != 0)
        snprintf(error, error_size, "%s: %s", path, what[0] != '\0' ? what : strerror(-rc));
    return rc;
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

static int replace(const char *path, const char *text)
{
    char aside[CALIBRATION_PATH + 8], folder[CALIBRATION_PATH];
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

int calibration_store_save(const struct calibration *calibration, const char *dir, const char *subject, const char *rig,
                           char *error, size_t error_size)
{
    struct calibration_owner owner;
    struct calibration again;
    char path[CALIBRATION_PATH], what[256] = "";
    int rc = locate(&owner, path, dir, subject, rig, error, error_size);
    if (rc != 0)
        return rc;
    char *text = calibration_file_format(calibration, &owner);
    rc = text ? parse(&again, &owner, text, strlen(text), what, sizeof what) : -ENOMEM;
    if (rc == 0)
        rc = replace(path, text);
    free(text);
    if (rc != 0)
        snprintf(error, error_size, "%s: cannot be written: %s", path, what[0] != '\0' ? what : strerror(-rc));
    return rc;
}
