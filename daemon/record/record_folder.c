// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/record_folder.h"

#include "core/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIGITS    "0123456789"
#define EXTENSION ".xdf"

struct own_file {
    char *name;
    const char *stamp; // in name
    unsigned long number;
    uint64_t bytes;
};

struct own_files {
    struct own_file *file;
    size_t n;
    uint64_t bytes;
};

void record_folder_stamp(int64_t utc_ns, char stamp[RECORD_STAMP + 1])
{
    time_t seconds = (time_t)(utc_ns / 1000000000);
    unsigned ms = (unsigned)(utc_ns / 1000000 % 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(stamp, RECORD_STAMP + 1, "%Y%m%dT%H%M%S.000Z", &tm);
    stamp[16] = (char)('0' + ms / 100);
    stamp[17] = (char)('0' + ms / 10 % 10);
    stamp[18] = (char)('0' + ms % 10);
}

// A name that a power cut must not lose. A file system that cannot sync folders is none to fail on.
static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

int record_folder_open(const char *dir, const char *rig, const char *stamp, uint32_t number, char *path, int path_size)
{
    int n = snprintf(path, (size_t)path_size, "%s/%s_%s_%03u" EXTENSION, dir, rig, stamp, (unsigned)number);
    if (n < 0 || n >= path_size)
        return -ENAMETOOLONG;
    if (mkdir(dir, 0750) != 0 && errno != EEXIST)
        return -errno;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return -errno;
    sync_folder(dir);
    return fd;
}

static bool is_stamp(const char *text)
{
    static const char form[] = "dddddddd-dddddd.dddZ";
    for (int i = 0; i < RECORD_STAMP; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != (form[i] == '-' ? 'T' : form[i]))
            return false;
    return true;
}

// True when name is RIG_UTC_NNN.xdf; where its stamp begins and which number it has.
static bool is_own(const char *name, const char *rig, size_t *stamp, unsigned long *number)
{
    size_t n = strlen(rig);
    if (strncmp(name, rig, n) != 0 || name[n] != '_' || !is_stamp(name + n + 1))
        return false;
    const char *rest = name + n + 1 + RECORD_STAMP;
    size_t digits = rest[0] == '_' ? strspn(rest + 1, DIGITS) : 0;
    if (digits < 3 || digits > 9 || strcmp(rest + 1 + digits, EXTENSION) != 0)
        return false;
    *stamp = n + 1;
    *number = strtoul(rest + 1, NULL, 10);
    return true;
}

static int add(struct own_files *files, const char *name, size_t stamp, unsigned long number, uint64_t bytes)
{
    struct own_file *grown = realloc(files->file, (files->n + 1) * sizeof *grown);
    char *copy = grown ? strdup(name) : NULL;
    if (grown)
        files->file = grown;
    if (!copy)
        return -ENOMEM;
    grown[files->n++] = (struct own_file){copy, copy + stamp, number, bytes};
    files->bytes += bytes;
    return 0;
}

static int find_own(struct own_files *files, DIR *folder, const char *rig)
{
    const struct dirent *entry;
    struct stat st;
    size_t stamp;
    unsigned long number;
    int rc = 0;
    while (rc == 0 && (entry = readdir(folder)) != NULL)
        if (is_own(entry->d_name, rig, &stamp, &number) &&
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            rc = add(files, entry->d_name, stamp, number, (uint64_t)st.st_size);
    return rc;
}

static int older(const void *a, const void *b)
{
    const struct own_file *x = a, *y = b;
    int order = strncmp(x->stamp, y->stamp, RECORD_STAMP);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int delete_oldest(struct own_files *files, int folder, uint64_t max_bytes, const char *writing)
{
    int deleted = 0, rc = 0;
    for (size_t i = 0; i < files->n && files->bytes > max_bytes; i++) {
        const struct own_file *file = &files->file[i];
        if (strcmp(file->name, writing) == 0)
            continue;
        if (unlinkat(folder, file->name, 0) != 0) {
            rc = rc != 0 ? rc : -errno;
            continue;
        }
        log_info("recording %s deleted, the oldest: together they are above record.keep_gb", file->name);
        files->bytes -= file->bytes;
        deleted++;
    }
    return rc != 0 ? rc : deleted;
}

int record_folder_trim(const char *dir, const char *rig, uint64_t max_bytes, const char *writing)
{
    struct own_files files = {0};
    const char *slash = strrchr(writing, '/');
    DIR *folder = opendir(dir);
    if (!folder)
        return -errno;
    int rc = find_own(&files, folder, rig);
    if (rc == 0 && files.n > 1)
        qsort(files.file, files.n, sizeof *files.file, older);
    if (rc == 0)
        rc = delete_oldest(&files, dirfd(folder), max_bytes, slash ? slash + 1 : writing);
    closedir(folder);
    for (size_t i = 0; i < files.n; i++)
        free(files.file[i].name);
    free(files.file);
    return rc;
}
