// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_metrics.h"

#include "xdf/xdf_reader.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define METRICS_STREAM "poise.metrics"
#define PATH_BYTES     192
#define LIST_NUMBERS   16 // of a list of numbers that become columns of their own; longer ones stay one text
#define DEPTH_MAX      6

// Said once for the recording, in about.json or the attributes of the file, not in every row.
static const char *const constant_keys[] = {"v", "rig", "stream", "boot", NULL};

// What walking through one object needs.
struct flattener {
    struct metric_survey *survey;
    struct metric_stream *stream;
    struct metric_cell *cells; // NULL while surveying
    int next;                  // where the next key is looked for first: objects of a stream have one order
    char path[PATH_BYTES];
};

static int column_of(struct flattener *f)
{
    struct metric_stream *stream = f->stream;
    for (int i = 0; i < stream->n_columns; i++) {
        int at = (f->next + i) % stream->n_columns;
        if (strcmp(stream->columns[at].key, f->path) == 0) {
            f->next = at + 1;
            return at;
        }
    }
    return -1;
}

// -1: there is no room for it.
static int add_column(struct flattener *f)
{
    struct metric_stream *stream = f->stream;
    if (stream->n_columns == stream->capacity) {
        int capacity = stream->capacity > 0 ? 2 * stream->capacity : 64;
        struct metric_column *columns =
            capacity <= METRIC_COLUMNS_MAX ? realloc(stream->columns, (size_t)capacity * sizeof *columns) : NULL;
        if (!columns)
            return -1;
        stream->columns = columns;
        stream->capacity = capacity;
    }
    char *key = strdup(f->path);
    if (!key)
        return -1;
    stream->columns[stream->n_columns] = (struct metric_column){.key = key};
    return stream->n_columns++;
}

// One value at f->path. It takes over owned, which may be NULL when text is not on the heap.
static void put(struct flattener *f, const json_t *value, const char *text, char *owned)
{
    int at = column_of(f);
    if (at < 0 && !f->cells)
        at = add_column(f);
    if (at < 0) {
        f->survey->n_left_out += f->cells == NULL;
        free(owned);
        return;
    }
    struct metric_column *column = &f->stream->columns[at];
    bool null = json_is_null(value);
    if (!f->cells) {
        column->text = column->text || (!null && text != NULL);
        free(owned);
        return;
    }
    struct metric_cell *cell = &f->cells[at];
    char *number = NULL;
    if (column->text && !text && !null) // a number among texts
        text = number = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    free(cell->owned);
    *cell = (struct metric_cell){.known = !null, .text = text, .owned = owned ? owned : number};
    cell->number = json_is_true(value) ? 1 : json_number_value(value);
}

// "c7 sternum"; NULL when something in the list is no word.
static char *join_words(const json_t *list)
{
    size_t i, used = 0, size = 1;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return NULL;
        size += json_string_length(item) + 1;
    }
    char *text = malloc(size);
    if (!text)
        return NULL;
    text[0] = '\0';
    json_array_foreach(list, i, item) used +=
        (size_t)snprintf(text + used, size - used, i ? " %s" : "%s", json_string_value(item));
    return text;
}

static bool short_numbers(const json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (!json_is_number(item) && !json_is_null(item)) return false;
    return json_array_size(list) > 0 && json_array_size(list) <= LIST_NUMBERS;
}

static void flatten(struct flattener *f, const json_t *value, int depth);

static void flatten_member(struct flattener *f, const char *key, const json_t *value, int depth)
{
    size_t length = strlen(f->path);
    int n = snprintf(f->path + length, PATH_BYTES - length, length > 0 ? ".%s" : "%s", key);
    // Slashes would make groups in HDF5 and a dot alone is one, control characters would break lines.
    if (strcmp(key, ".") == 0 || key[0] == '\0')
        n = snprintf(f->path + length, PATH_BYTES - length, length > 0 ? "._" : "_");
    for (char *c = f->path + length; *c; c++)
        if (*c == '/' || iscntrl((unsigned char)*c))
            *c = '_';
    if ((size_t)n < PATH_BYTES - length)
        flatten(f, value, depth);
    else
        f->survey->n_left_out += f->cells == NULL;
    f->path[length] = '\0';
}

static void flatten(struct flattener *f, const json_t *value, int depth)
{
    const char *key;
    json_t *item;
    size_t i;
    char position[24];
    if (json_is_object(value) && depth < DEPTH_MAX) {
        json_object_foreach((json_t *)value, key, item) flatten_member(f, key, item, depth + 1);
    } else if (json_is_array(value) && short_numbers(value) && depth < DEPTH_MAX) {
        json_array_foreach(value, i, item)
        {
            snprintf(position, sizeof position, "%zu", i);
            flatten_member(f, position, item, depth + 1);
        }
    } else if (json_is_object(value) || json_is_array(value)) {
        char *text = json_is_array(value) ? join_words(value) : NULL;
        if (!text)
            text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15));
        put(f, value, text ? text : "", text);
    } else {
        put(f, value, json_string_value(value), NULL);
    }
}

static int stream_of(struct metric_survey *survey, const char *name, bool add)
{
    for (int i = 0; i < survey->n_streams; i++)
        if (strcmp(survey->streams[i].name, name) == 0)
            return i;
    if (!add || survey->n_streams == METRIC_STREAMS_MAX)
        return -1;
    snprintf(survey->streams[survey->n_streams].name, sizeof survey->streams[0].name, "%s", name);
    return survey->n_streams++;
}

// A stream's name is going to name a file.
static bool name_is_usable(const char *name)
{
    size_t n = name ? strlen(name) : 0;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-')
            return false;
    return n > 0 && n < sizeof((struct metric_stream *)0)->name;
}

struct walk {
    struct metric_survey *survey;
    struct metric_cell *cells; // NULL while surveying
    int (*take)(void *context, int stream, const struct metric_cell *cells);
    void *context;
};

static int take_object(struct walk *walk, json_t *object)
{
    struct metric_survey *survey = walk->survey;
    const char *name = json_string_value(json_object_get(object, "stream"));
    int stream = name_is_usable(name) ? stream_of(survey, name, walk->cells == NULL) : -1;
    if (stream < 0) {
        survey->n_unreadable += walk->cells == NULL;
        return 0;
    }
    for (int i = 0; constant_keys[i]; i++)
        if (strcmp(constant_keys[i], "stream") != 0)
            json_object_del(object, constant_keys[i]);
    struct flattener f = {.survey = survey, .stream = &survey->streams[stream], .cells = walk->cells};
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) if (strcmp(key, "stream") != 0) flatten_member(&f, key, value, 1);
    if (!walk->cells) {
        f.stream->n_rows++;
        return 0;
    }
    int rc = walk->take(walk->context, stream, walk->cells);
    for (int i = 0; i < f.stream->n_columns; i++) {
        free(walk->cells[i].owned);
        walk->cells[i] = (struct metric_cell){0};
    }
    return rc;
}

static int take_chunk(struct walk *walk, struct xdf_reader *xdf)
{
    struct xdf_sample sample;
    int rc = 0;
    while (rc == 0 && xdf_reader_sample(xdf, &sample) == 1) {
        json_t *object = json_loads(sample.text[0], JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(object))
            rc = take_object(walk, object);
        else
            walk->survey->n_unreadable += walk->cells == NULL;
        json_decref(object);
    }
    return rc;
}

static int read_file(struct walk *walk, const char *path, struct export_progress *progress)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct xdf_reader *xdf = NULL;
    struct xdf_chunk chunk;
    int more = 0, rc = xdf_reader_open_fd(&xdf, fd);
    while (rc == 0 && !export_stopped() && (more = xdf_reader_next(xdf, &chunk)) == 1) {
        export_progress_show(progress, xdf_reader_offset(xdf));
        if (chunk.kind == XDF_SAMPLES && chunk.stream->format == XDF_STRING && chunk.stream->n_channels == 1 &&
            strcmp(chunk.stream->name, METRICS_STREAM) == 0)
            rc = take_chunk(walk, xdf);
    }
    xdf_reader_close(xdf);
    close(fd);
    return rc != 0 ? rc : export_stopped() ? -EINTR : more;
}

int metrics_survey(struct metric_survey *survey, const char *path, struct export_progress *progress)
{
    struct walk walk = {.survey = survey};
    return read_file(&walk, path, progress);
}

int metrics_walk(struct metric_survey *survey, const char *path, struct export_progress *progress,
                 int (*take)(void *context, int stream, const struct metric_cell *cells), void *context)
{
    struct walk walk = {.survey = survey, .take = take, .context = context};
    walk.cells = calloc(METRIC_COLUMNS_MAX, sizeof *walk.cells);
    if (!walk.cells)
        return -ENOMEM;
    int rc = read_file(&walk, path, progress);
    free(walk.cells);
    return rc;
}

void metrics_finish(struct metric_survey *survey)
{
    for (int i = 0; i < survey->n_streams; i++) {
        for (int k = 0; k < survey->streams[i].n_columns; k++)
            free(survey->streams[i].columns[k].key);
        free(survey->streams[i].columns);
    }
    survey->n_streams = 0;
}
