// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_find.h"

#include "config.h"
#include "say.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/poise/poised.yaml"
#define UUID_LENGTH    36
#define PREFIX_MIN     6
#define EDGE           (4U << 20) // bytes at either end of a file in which a session that crosses it shows
#define PIECE          (1U << 20)
#define MATCHES_MAX    8

const char *report_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void report_files_finish(struct report_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->path[i]);
    free(files->path);
    *files = (struct report_files){0};
}

static int add_path(struct report_files *files, const char *path)
{
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->path[i], path) == 0)
            return 0;
    char **more = realloc(files->path, (files->n + 1) * sizeof *more);
    char *copy = more ? strdup(path) : NULL;
    if (more)
        files->path = more;
    if (!copy)
        return -ctl_fail("out of memory");
    files->path[files->n++] = copy;
    return 0;
}

// Bytes of a part's path that all parts of its recording have, "DIR/lab_20261121T181026.123Z_"; 0: it is no part.
static size_t stem_length(const char *path)
{
    const char *name = report_base_name(path), *end = strstr(name, ".xdf");
    const char *digits = end;
    while (digits && digits > name && isdigit((unsigned char)digits[-1]))
        digits--;
    if (!end || end[4] != '\0' || end - digits < 3 || digits - name < 22 || digits[-1] != '_' || digits[-2] != 'Z')
        return 0;
    return (size_t)(digits - path);
}

static int by_part(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    size_t n = strlen(x), m = strlen(y), stem = stem_length(x);
    if (stem > 0 && stem == stem_length(y) && strncmp(x, y, stem) == 0 && n != m)
        return n < m ? -1 : 1; // part 1000 is behind part 999
    return strcmp(x, y);
}

// Calls take for every .xdf of dir; the first result that is not 0.
static int for_each_recording(const char *dir, int (*take)(void *context, const char *path), void *context)
{
    DIR *folder = opendir(dir);
    if (!folder) {
        ctl_fail("%s: %s", dir, strerror(errno));
        return -REPORT_NO_INPUT;
    }
    int rc = 0;
    const struct dirent *entry;
    while (rc == 0 && (entry = readdir(folder)) != NULL) {
        size_t n = strlen(entry->d_name), size = strlen(dir) + n + 2;
        char *path = n > 4 && strcmp(entry->d_name + n - 4, ".xdf") == 0 ? malloc(size) : NULL;
        if (!path)
            continue;
        snprintf(path, size, "%s/%s", dir, entry->d_name);
        rc = take(context, path);
        free(path);
    }
    closedir(folder);
    return rc;
}

struct siblings {
    struct report_files *files;
    const char *of;
};

static int take_sibling(void *context, const char *path)
{
    const struct siblings *siblings = context;
    size_t stem = stem_length(siblings->of);
    bool same = stem_length(path) == stem && strncmp(path, siblings->of, stem) == 0;
    return same ? add_path(siblings->files, path) : 0;
}

static int add_siblings(struct report_files *files)
{
    const char *given = files->path[0];
    const char *slash = strrchr(given, '/');
    size_t n = slash ? (size_t)(slash - given) : 1;
    size_t size = strlen(given) + 3;
    char *dir = strndup(slash ? given : ".", n > 0 ? n : 1), *of = malloc(size);
    int rc = -REPORT_FAILED;
    if (!dir || !of) {
        ctl_fail("out of memory");
    } else {
        snprintf(of, size, "%s%s", slash ? "" : "./", given); // so that names compare
        report_files_finish(files);
        struct siblings siblings = {files, of};
        rc = for_each_recording(dir, take_sibling, &siblings);
        if (rc == 0)
            rc = add_path(files, of);
    }
    free(dir);
    free(of);
    return rc;
}

struct search {
    const char *wanted; // a beginning of the UUID
    bool thorough;      // all of a file, not only its edges
    char found[MATCHES_MAX][UUID_LENGTH + 1];
    int n_found;
    struct report_files *files;
};

static bool is_uuid(const char *text)
{
    for (int i = 0; i < UUID_LENGTH; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return text[UUID_LENGTH] == '"';
}

static bool note_match(struct search *search, const char *uuid)
{
    for (int i = 0; i < search->n_found; i++)
        if (strncmp(search->found[i], uuid, UUID_LENGTH) == 0)
            return true;
    if (search->n_found < MATCHES_MAX)
        snprintf(search->found[search->n_found++], UUID_LENGTH + 1, "%.*s", UUID_LENGTH, uuid);
    return true;
}

// Whether `"session":"WANTED…"` stands between from and until of the file.
static bool search_range(struct search *search, int fd, off_t from, off_t until)
{
    char key[64], *piece = malloc(PIECE);
    const size_t overlap = 128;
    bool found = false;
    snprintf(key, sizeof key, "\"session\":\"%.40s", search->wanted);
    for (off_t at = from < 0 ? 0 : from; piece && at < until; at += (off_t)(PIECE - overlap)) {
        ssize_t n = pread(fd, piece, PIECE, at);
        const char *place = piece, *end = piece + (n > 0 ? n : 0);
        while ((place = memmem(place, (size_t)(end - place), key, strlen(key))) != NULL) {
            const char *uuid = place + strlen("\"session\":\"");
            if (end - uuid > UUID_LENGTH && is_uuid(uuid))
                found = note_match(search, uuid);
            place = uuid;
        }
        if (n < (ssize_t)PIECE)
            break;
    }
    free(piece);
    return found;
}

static int search_file(void *context, const char *path)
{
    struct search *search = context;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool found = false;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        if (search->thorough)
            found = search_range(search, fd, 0, st.st_size);
        else
            found = search_range(search, fd, st.st_size - EDGE, st.st_size) || search_range(search, fd, 0, EDGE);
    }
    if (fd >= 0)
        close(fd);
    return found ? add_path(search->files, path) : 0;
}

// record.dir of the configuration; to be freed, NULL with the error told.
static char *configured_dir(const struct report_options *options)
{
    static struct config config; // static: several kilobytes
    char error[SETTINGS_ERROR];
    const char *path = options->config ? options->config : DEFAULT_CONFIG;
    config_defaults(&config);
    if (!options->config && access(path, F_OK) != 0)
        ctl_fail("where are the recordings? There is no %s; --dir names their folder", path);
    else if (settings_load_file(&config_schema, &config, path, error) != 0)
        ctl_fail("%s", error);
    else if (config.record.dir[0] == '\0')
        ctl_fail("%s has no record.dir; --dir names the folder of the recordings", path);
    else
        return strdup(config.record.dir);
    return NULL;
}

static int find_session(const struct report_options *options, const char *wanted, struct report_files *files)
{
    char *dir = options->dir ? strdup(options->dir) : configured_dir(options);
    struct search search = {.wanted = wanted, .files = files};
    int rc = dir ? 0 : -REPORT_NO_INPUT;
    for (int pass = 0; rc == 0 && files->n == 0 && pass < 2; pass++) {
        search.thorough = pass == 1;
        rc = for_each_recording(dir, search_file, &search);
    }
    if (rc == 0 && search.n_found == 0) {
        ctl_fail("%s: no session '%s' in the recordings there", dir, wanted);
        rc = -REPORT_NO_INPUT;
    } else if (rc == 0 && search.n_found > 1) {
        ctl_fail("'%s' begins more than one session: %s, %s%s", wanted, search.found[0], search.found[1],
                 search.n_found > 2 ? ", …" : "");
        rc = -REPORT_NO_INPUT;
    }
    if (rc == 0)
        snprintf(files->session, sizeof files->session, "%s", search.found[0]);
    free(dir);
    return rc;
}

static bool may_be_session(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (!isxdigit((unsigned char)text[i]) && text[i] != '-')
            return false;
    return n >= PREFIX_MIN && n <= UUID_LENGTH;
}

// The report, of those begun, that this argument belongs to: a part goes to the parts of its recording.
static int side_of(const struct report_files files[REPORT_SIDES], int n, const char *path)
{
    size_t stem = stem_length(path);
    for (int i = 0; i < n; i++)
        if (files[i].n > 0 && files[i].session[0] == '\0' &&
            (strcmp(files[i].path[0], path) == 0 ||
             (stem > 0 && stem_length(files[i].path[0]) == stem && strncmp(files[i].path[0], path, stem) == 0)))
            return i;
    return n;
}

static int take_argument(const struct report_options *options, const char *argument,
                         struct report_files files[REPORT_SIDES], int *n)
{
    struct stat st;
    bool there = stat(argument, &st) == 0;
    int why = errno, side = there ? side_of(files, *n, argument) : *n;
    if (side == REPORT_SIDES)
        return -ctl_usage("report", "one recording or session, or two to compare; not also '%s'", argument);
    *n = side == *n ? side + 1 : *n;
    if (there && S_ISREG(st.st_mode))
        return add_path(&files[side], argument);
    if (!there && why == ENOENT && may_be_session(argument))
        return find_session(options, argument, &files[side]);
    ctl_fail("%s: %s", argument,
             there           ? "is no regular file; it is read more than once"
             : why == ENOENT ? "no such file, and not the beginning of a session's UUID"
                             : strerror(why));
    return -REPORT_NO_INPUT;
}

int report_find(const struct report_options *options, struct report_files files[REPORT_SIDES])
{
    int n = 0, rc = 0;
    for (int i = 0; rc == 0 && i < options->n_arguments; i++)
        rc = take_argument(options, options->arguments[i], files, &n);
    if (rc == 0 && options->session && n > 1)
        rc = -ctl_usage("report", "--session chooses within one recording");
    if (rc == 0 && options->session && !may_be_session(options->session))
        rc = -ctl_usage("report", "--session is a UUID or at least %d characters it begins with", PREFIX_MIN);
    for (int i = 0; rc == 0 && i < n; i++) {
        bool lone = files[i].n == 1 && files[i].session[0] == '\0' && stem_length(files[i].path[0]) > 0;
        if (lone && !options->part)
            rc = add_siblings(&files[i]);
        if (options->session)
            snprintf(files[i].session, sizeof files[i].session, "%s", options->session);
        qsort(files[i].path, files[i].n, sizeof *files[i].path, by_part);
    }
    return rc != 0 ? rc : n;
}
