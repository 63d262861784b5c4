// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_file(const char *root, const char *item, const char *attribute, int flags)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s/%s", root, item, attribute) >= sizeof path)
        return -ENAMETOOLONG;
    int fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int sysfs_read(const char *root, const char *item, const char *attribute, char *text, size_t size)
{
    text[0] = '\0';
    int fd = open_file(root, item, attribute, O_RDONLY);
    if (fd < 0)
        return fd;
    ssize_t n = read(fd, text, size - 1);
    int rc = n < 0 ? -errno : 0;
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return rc;
}

double sysfs_number(const char *root, const char *item, const char *attribute)
{
    char text[SYSFS_TEXT], *end;
    if (sysfs_read(root, item, attribute, text, sizeof text) != 0)
        return NAN;
    double number = strtod(text, &end);
    return end != text && isfinite(number) ? number : NAN;
}

int sysfs_write(const char *root, const char *item, const char *attribute, const char *text)
{
    int fd = open_file(root, item, attribute, O_WRONLY | O_TRUNC);
    if (fd < 0)
        return fd;
    ssize_t n = write(fd, text, strlen(text));
    int rc = n < 0 ? -errno : 0;
    close(fd);
    return rc;
}

bool sysfs_exists(const char *root, const char *item, const char *attribute)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/%s", root, item, attribute);
    return access(path, F_OK) == 0;
}

void sysfs_parent(const char *root, const char *item, char parent[SYSFS_TEXT])
{
    char path[PATH_MAX], real[PATH_MAX];
    parent[0] = '\0';
    snprintf(path, sizeof path, "%s/%s", root, item);
    if (!realpath(path, real))
        return;
    char *last = strrchr(real, '/');
    *last = '\0';
    const char *before = strrchr(real, '/');
    if (before)
        snprintf(parent, SYSFS_TEXT, "%s", before + 1);
}
