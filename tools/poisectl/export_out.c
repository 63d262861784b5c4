// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_out.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4352
#define FILES_MAX  512

struct out_file {
    char *name;
    char *staged;
    bool replace, was_there, placed;
    unsigned long long bytes;
};

struct export_out {
    char folder[PATH_BYTES / 2];
    char staging[PATH_BYTES / 2 + 64];
    bool fresh; // the folder does not exist: the staging folder becomes it
    bool force, staged;
    struct out_file files[FILES_MAX];
    int n;
};

static bool folder_is_empty(const char *path)
{
    DIR *dir = opendir(path);
    bool empty = dir != NULL;
    const struct dirent *entry;
    while (empty && (entry = readdir(dir)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir)
        closedir(dir);
    return empty;
}

static int make_staging(struct export_out *out)
{
    if (out->fresh) {
        const char *slash = strrchr(out->folder, '/');
        int head = slash ? (int)(slash + 1 - out->folder) : 0;
        snprintf(out->staging, sizeof out->staging, "%.*s.%.200s.XXXXXX", head, out->folder, out->folder + head);
    } else {
        snprintf(out->staging, sizeof out->staging, "%s/.poise-export.XXXXXX", out->folder);
    }
    if (!mkdtemp(out->staging))
        return -errno;
    out->staged = true;
    mode_t mask = umask(0);
    umask(mask);
    return chmod(out->staging, 0777 & ~mask) == 0 ? 0 : -errno;
}

int export_out_open(struct export_out **result, const char *folder, enum export_out_root kind, bool force, char *error,
                    size_t error_size)
{
    *result = NULL;
    struct export_out *out = calloc(1, sizeof *out);
    if (!out)
        return -ENOMEM;
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    struct stat st;
    int rc = n < sizeof out->folder ? 0 : -ENAMETOOLONG;
    snprintf(out->folder, sizeof out->folder, "%.*s", (int)n, folder);
    out->force = force;
    if (rc == 0 && stat(out->folder, &st) != 0) {
        rc = errno == ENOENT && kind != EXPORT_OUT_INTO ? 0 : -errno;
        out->fresh = rc == 0;
    } else if (rc == 0 && !S_ISDIR(st.st_mode)) {
        rc = -ENOTDIR;
    } else if (rc == 0 && kind == EXPORT_OUT_NEW && !force && !folder_is_empty(out->folder)) {
        snprintf(error, error_size, "%s: is there already and not empty; --force writes over it", out->folder);
        free(out);
        return -EEXIST;
    }
    if (rc == 0)
        rc = make_staging(out);
    if (rc != 0) {
        snprintf(error, error_size, "%s: %s", out->folder, strerror(-rc));
        export_out_end(out);
        return rc;
    }
    *result = out;
    return 0;
}

int export_out_check(const struct export_out *out, const char *name, char *error, size_t error_size)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", out->folder, name);
    if (out->force || out->fresh || access(path, F_OK) != 0)
        return 0;
    snprintf(error, error_size, "%s: is there already; --force writes over it", path);
    return -EEXIST;
}

// The folders above the last part of path, from the byte `from` on.
static int make_parents(char *path, size_t from)
{
    for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int rc = mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : -errno;
        *slash = '/';
        if (rc != 0)
            return rc;
    }
    return 0;
}

const char *export_out_path(struct export_out *out, const char *name, bool replace)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s", out->staging, name);
    int rc = n < (int)sizeof path && out->n < FILES_MAX ? 0 : -ENOSPC;
    if (rc == 0)
        rc = make_parents(path, strlen(out->staging) + 1);
    struct out_file *file = &out->files[out->n];
    if (rc == 0) {
        *file = (struct out_file){.name = strdup(name), .staged = strdup(path), .replace = replace};
        rc = file->name && file->staged ? 0 : -ENOMEM;
        out->n++;
    }
    errno = -rc;
    return rc == 0 ? file->staged : NULL;
}

FILE *export_out_file(struct export_out *out, const char *name, bool replace)
{
    const char *path = export_out_path(out, name, replace);
    FILE *file = path ? fopen(path, "wxe") : NULL;
    if (file)
        setvbuf(file, NULL, _IOFBF, (size_t)1 << 16);
    return file;
}

int export_out_failed(FILE *file)
{
    if (!ferror(file))
        return 0;
    return errno > 0 ? -errno : -EIO;
}

int export_out_close(FILE *file)
{
    if (!file)
        return 0;
    errno = 0;
    int rc = fflush(file) != 0 || ferror(file) || fsync(fileno(file)) != 0 ? (errno > 0 ? -errno : -EIO) : 0;
    return fclose(file) != 0 && rc == 0 ? -errno : rc;
}

static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int place(struct export_out *out, struct out_file *file, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", out->folder, file->name);
    file->was_there = access(path, F_OK) == 0;
    if (file->was_there && !file->replace && !out->force)
        return -EEXIST;
    int rc = make_parents(path, strlen(out->folder) + 1);
    if (rc == 0 && rename(file->staged, path) != 0)
        rc = -errno;
    file->placed = rc == 0;
    return rc;
}

static void take_back(struct export_out *out)
{
    char path[PATH_BYTES];
    for (int i = 0; i < out->n; i++) {
        snprintf(path, sizeof path, "%s/%s", out->folder, out->files[i].name);
        if (out->files[i].placed && !out->files[i].was_there)
            unlink(path);
    }
}

int export_out_commit(struct export_out *out, char *error, size_t error_size)
{
    char path[PATH_BYTES];
    struct stat st;
    int rc = 0;
    for (int i = 0; i < out->n; i++)
        if (stat(out->files[i].staged, &st) == 0)
            out->files[i].bytes = (unsigned long long)st.st_size;
    if (out->fresh) {
        sync_folder(out->staging);
        rc = rename(out->staging, out->folder) == 0 ? 0 : -errno;
        out->staged = rc != 0;
        snprintf(path, sizeof path, "%s", out->folder);
    }
    for (int i = 0; !out->fresh && rc == 0 && i < out->n; i++)
        rc = place(out, &out->files[i], path);
    if (rc != 0) {
        snprintf(error, error_size, "%s: %s", path, strerror(-rc));
        take_back(out);
        return rc;
    }
    sync_folder(out->folder);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    remove(path);
    return 0;
}

void export_out_end(struct export_out *out)
{
    if (!out)
        return;
    if (out->staged)
        nftw(out->staging, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (int i = 0; i < out->n; i++) {
        free(out->files[i].name);
        free(out->files[i].staged);
    }
    free(out);
}

const char *export_out_folder(const struct export_out *out)
{
    return out->folder;
}

int export_out_count(const struct export_out *out)
{
    return out->n;
}

const char *export_out_name(const struct export_out *out, int i)
{
    return out->files[i].name;
}

unsigned long long export_out_bytes(const struct export_out *out, int i)
{
    return out->files[i].bytes;
}
