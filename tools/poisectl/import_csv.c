// SPDX-License-Identifier: GPL-3.0-or-later
#include "import_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_COLUMNS    1024
#define MAX_LINE_BYTES (1U << 20)

extern char **environ;

struct csv {
    const char *path;
    FILE *file;
    pid_t xz; // 0 without
    unsigned long long line;
    char separator;
    char *names_text; // cut into names
    char *names[MAX_COLUMNS];
    int n_names;
    bool first_is_row; // the first line was numbers: it is the first row
    char *row_text;    // cut into cells
    size_t row_capacity;
    char *cells[MAX_COLUMNS];
    int n_cells;
};

static int fail(const struct csv *csv, char *error, int rc, const char *what)
{
    if (csv->line > 0)
        snprintf(error, CSV_ERROR, "%s:%llu: %s", csv->path, csv->line, what);
    else
        snprintf(error, CSV_ERROR, "%s: %s", csv->path, what);
    return rc;
}

static int spawn_xz(struct csv *csv, char *error)
{
    int fd = open(csv->path, O_RDONLY | O_CLOEXEC); // for a message of our own
    if (fd < 0)
        return fail(csv, error, -errno, strerror(errno));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int rc = -errno;
        close(fd);
        return fail(csv, error, rc, strerror(-rc));
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    char *const argv[] = {"xz", "-dc", NULL};
    int rc = posix_spawnp(&csv->xz, "xz", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(fd);
    close(ends[1]);
    if (rc != 0) {
        csv->xz = 0;
        close(ends[0]);
        return fail(csv, error, -rc, "cannot start xz (package xz-utils)");
    }
    csv->file = fdopen(ends[0], "r");
    return csv->file ? 0 : fail(csv, error, -ENOMEM, "out of memory");
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static int open_file(struct csv *csv, char *error)
{
    if (ends_with(csv->path, ".xz"))
        return spawn_xz(csv, error);
    csv->file = strcmp(csv->path, "-") == 0 ? stdin : fopen(csv->path, "re");
    return csv->file ? 0 : fail(csv, error, -errno, strerror(errno));
}

// A decompressor that failed looks like the end of the file.
static int end_of_file(struct csv *csv, char *error)
{
    int status = 0;
    if (csv->xz == 0)
        return 0;
    waitpid(csv->xz, &status, 0);
    csv->xz = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return fail(csv, error, -EBADMSG, "xz could not decompress what follows");
}

// One line without its end in row_text. 1, 0 at the end, negative errno.
static int read_line(struct csv *csv, char *error)
{
    errno = 0;
    ssize_t n = getline(&csv->row_text, &csv->row_capacity, csv->file);
    if (n < 0)
        return ferror(csv->file) ? fail(csv, error, errno ? -errno : -EIO, "cannot be read") : 0;
    csv->line++;
    if ((size_t)n > MAX_LINE_BYTES)
        return fail(csv, error, -EBADMSG, "the line is longer than 1 MiB");
    if (memchr(csv->row_text, '\0', (size_t)n))
        return fail(csv, error, -EBADMSG, "not text");
    if (csv->row_text[n - 1] != '\n') { // the last line: half of one, if xz failed
        int rc = end_of_file(csv, error);
        if (rc != 0)
            return rc;
    }
    while (n > 0 && strchr("\r\n", csv->row_text[n - 1]))
        csv->row_text[--n] = '\0';
    return 1;
}

static char *trim(char *cell)
{
    cell += strspn(cell, " \t\"");
    size_t n = strlen(cell);
    while (n > 0 && strchr(" \t\"", cell[n - 1]))
        cell[--n] = '\0';
    return cell;
}

static int cut(char *text, char separator, char **cells)
{
    int n = 0;
    while (n < MAX_COLUMNS) {
        char *end = strchr(text, separator);
        if (end)
            *end = '\0';
        cells[n++] = trim(text);
        if (!end)
            break;
        text = end + 1;
    }
    return n;
}

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end != text && *end == '\0';
}

static int read_header(struct csv *csv, char *error)
{
    int rc = read_line(csv, error);
    if (rc <= 0)
        return rc < 0 ? rc : fail(csv, error, -EBADMSG, csv->xz ? "nothing in it, or not an xz file" : "empty");
    const char *text = csv->row_text;
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) // byte order mark
        text += 3;
    csv->separator = strchr(text, ',') ? ',' : strchr(text, ';') ? ';' : strchr(text, '\t') ? '\t' : ',';
    csv->names_text = strdup(text);
    if (!csv->names_text)
        return fail(csv, error, -ENOMEM, "out of memory");
    csv->n_names = cut(csv->names_text, csv->separator, csv->names);
    csv->first_is_row = true;
    for (int i = 0; i < csv->n_names; i++)
        csv->first_is_row = csv->first_is_row && is_number(csv->names[i]);
    return 0;
}

int csv_open(struct csv **out, const char *path, char *error)
{
    *out = NULL;
    struct csv *csv = calloc(1, sizeof *csv);
    if (!csv) {
        snprintf(error, CSV_ERROR, "%s: out of memory", path);
        return -ENOMEM;
    }
    csv->path = path;
    int rc = open_file(csv, error);
    if (rc == 0)
        rc = read_header(csv, error);
    if (rc != 0) {
        csv_close(csv);
        return rc;
    }
    *out = csv;
    return 0;
}

void csv_close(struct csv *csv)
{
    if (!csv)
        return;
    if (csv->file && csv->file != stdin)
        fclose(csv->file);
    if (csv->xz > 0) // it ends by itself: its pipe is closed
        waitpid(csv->xz, NULL, 0);
    free(csv->names_text);
    free(csv->row_text);
    free(csv);
}

int csv_next(struct csv *csv, char *error)
{
    bool again = csv->first_is_row;
    csv->first_is_row = false;
    int rc = 1;
    do {
        if (!again)
            rc = read_line(csv, error);
        again = false;
    } while (rc == 1 && csv->row_text[0] == '\0');
    if (rc == 0)
        return end_of_file(csv, error);
    if (rc == 1)
        csv->n_cells = cut(csv->row_text, csv->separator, csv->cells);
    return rc;
}

int csv_column(const struct csv *csv, const char *name)
{
    bool numbered = csv->n_names > 0 && is_number(csv->names[0]);
    if (numbered) {
        char *end;
        long number = strtol(name, &end, 10);
        return *name && *end == '\0' && number >= 1 && number <= csv->n_names ? (int)number - 1 : -1;
    }
    for (int i = 0; i < csv->n_names; i++)
        if (strcmp(csv->names[i], name) == 0)
            return i;
    return -1;
}

void csv_list_columns(const struct csv *csv, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < csv->n_names && used + 1 < size; i++)
        used += (size_t)snprintf(text + used, size - used, i ? ", %s" : "%s", csv->names[i]);
}

static int bad_cell(const struct csv *csv, int column, char *error, const char *what)
{
    snprintf(error, CSV_ERROR, "%s:%llu: column '%.80s': %s", csv->path, csv->line, csv->names[column], what);
    return -EBADMSG;
}

int csv_number(const struct csv *csv, int column, double *value, char *error)
{
    if (column >= csv->n_cells)
        return bad_cell(csv, column, error, "the line ends before it");
    const char *cell = csv->cells[column];
    *value = NAN;
    if (cell[0] == '\0' || strcasecmp(cell, "na") == 0)
        return 0;
    char *end;
    double number = strtod(cell, &end);
    if (*end != '\0' || end == cell) {
        char what[96];
        snprintf(what, sizeof what, "'%.60s' is not a number", cell);
        return bad_cell(csv, column, error, what);
    }
    if (isfinite(number))
        *value = number;
    return 0;
}

unsigned long long csv_line(const struct csv *csv)
{
    return csv->line;
}
