// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_read.h"

#include "export_progress.h"
#include "export_survey.h"
#include "record/json_parts.h"
#include "say.h"
#include "xdf/xdf_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EDGE_S    10            // metrics that end so much before the log are not whole
#define LONGEST_S (7 * 86400.0) // between two recordings of one session
#define APART_S   1             // between them when nobody knows the time

static void say(json_t *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(json_t *list, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_array_append_new(list, json_of_text(text));
}

// A file whose clock began anew is put behind the one before, by UTC when both tell it.
static double shift_for(const struct report_reading *reading, double mono_s, double utc_s)
{
    if (!isfinite(reading->last_tick_s) || mono_s >= reading->last_tick_s - APART_S)
        return 0;
    double by_utc = utc_s - mono_s - reading->utc_minus_tick_s;
    double behind = reading->last_tick_s + APART_S - mono_s;
    return isfinite(by_utc) && by_utc >= behind - APART_S && by_utc < behind + LONGEST_S ? by_utc : behind;
}

static void take_tick(struct report_reading *reading, size_t file, bool first, const char *line)
{
    const char *utc = strstr(line, "\"utc\":");
    double mono_s = strtod(line + strlen("{\"tick\":"), NULL) / 1e9;
    double utc_s = utc ? strtod(utc + strlen("\"utc\":"), NULL) / 1e9 : (double)NAN;
    if (!isfinite(mono_s))
        return;
    if (first) {
        reading->shift_s[file] = shift_for(reading, mono_s, utc_s);
        if (reading->shift_s[file] > 0)
            say(reading->notes, "The machine was started anew before %s; the time between is %s.",
                report_base_name(reading->files->path[file]), isfinite(utc_s) ? "by its clock" : "not known");
    }
    double t_s = mono_s + reading->shift_s[file];
    if (!isfinite(reading->first_tick_s))
        reading->first_tick_s = t_s;
    if (!isfinite(reading->utc_minus_tick_s))
        reading->utc_minus_tick_s = utc_s - t_s;
    reading->last_tick_s = t_s;
    reading->data->shift_s = reading->shift_s[file];
}

static void take_settings(struct report_reading *reading, const json_t *event)
{
    char error[SETTINGS_ERROR];
    struct config *config = malloc(sizeof *config);
    struct report_data *data = reading->data;
    if (config && data->subject[0] == '\0' && export_config(report_text(event, "text"), config, error))
        snprintf(data->subject, sizeof data->subject, "%s", config->subject.id);
    free(config);
}

static void take_event(struct report_reading *reading, double t_s, const char *line)
{
    static const char part[] = "{\"event\":\"part\"", head[] = "{\"event\":\"head\"", hole[] = "{\"event\":\"hole\"";
    static const char settings[] = "{\"event\":\"settings\"", command[] = "{\"event\":\"command\"";
    if (strncmp(line, head, strlen(head)) == 0) {
        reading->in_head = false;
    } else if (strncmp(line, command, strlen(command)) == 0) {
        report_take_event(reading->data, t_s + reading->data->shift_s, line, reading->in_head);
    } else if (strncmp(line, part, strlen(part)) == 0 || strncmp(line, hole, strlen(hole)) == 0 ||
               strncmp(line, settings, strlen(settings)) == 0) {
        json_t *event = json_loads(line, 0, NULL);
        double lost = report_number(event, "lost");
        if (line[10] == 's')
            take_settings(reading, event);
        if (line[10] == 'p')
            reading->in_head = json_is_true(json_object_get(event, "head"));
        if (line[10] == 'h' && lost > 0 && lost < 1e15)
            reading->n_holes += (uint64_t)lost;
        json_decref(event);
    }
}

// The samples of a chunk of the log or of the metrics.
static void take_chunk(struct report_reading *reading, size_t file, struct xdf_reader *xdf, bool metrics, bool *ticked)
{
    struct xdf_sample sample;
    while (xdf_reader_sample(xdf, &sample) == 1) {
        const char *line = sample.text[0];
        if (metrics) {
            report_take(reading->data, line);
        } else if (strncmp(line, "{\"tick\":", 8) == 0) {
            take_tick(reading, file, !*ticked, line);
            *ticked = true;
        } else {
            take_event(reading, sample.has_stamp ? sample.stamp_s : (double)NAN, line);
        }
    }
}

static bool is_text(const struct xdf_chunk *chunk, const char *name)
{
    return chunk->kind == XDF_SAMPLES && chunk->stream->format == XDF_STRING && chunk->stream->n_channels == 1 &&
           strcmp(chunk->stream->name, name) == 0;
}

static void tell_damage(struct report_reading *reading, size_t file, const struct xdf_reader *xdf)
{
    const char *name = report_base_name(reading->files->path[file]);
    const struct xdf_damage *damage = xdf_reader_damage(xdf);
    bool only_cut = damage->cut && damage->n_gaps <= 1; // the end counts as a place
    if (only_cut)
        say(reading->notes, "%s ends in the middle: it was cut off.", name);
    else if (damage->n_gaps > 0)
        say(reading->doubts, "%s is damaged: %llu bytes of it cannot be read.", name,
            (unsigned long long)damage->bytes_lost);
    reading->damaged = reading->damaged || (damage->n_gaps > 0 && !only_cut);
}

// 0 or the exit code.
static int read_file(struct report_reading *reading, size_t file, bool with_metrics, struct export_progress *progress,
                     uint64_t offset)
{
    const char *path = reading->files->path[file];
    struct xdf_reader *xdf = NULL;
    struct xdf_chunk chunk;
    bool ticked = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int more = 0, rc = fd < 0 ? -errno : xdf_reader_open_fd(&xdf, fd);
    reading->data->n_sequences = 0; // a part that is missing is no hole in what there is
    reading->in_head = false;
    while (rc == 0 && !export_stopped() && (more = xdf_reader_next(xdf, &chunk)) == 1) {
        export_progress_show(progress, offset + xdf_reader_offset(xdf));
        if (is_text(&chunk, "poise.events")) {
            reading->own = true;
            take_chunk(reading, file, xdf, false, &ticked);
        } else if (with_metrics && is_text(&chunk, "poise.metrics")) {
            take_chunk(reading, file, xdf, true, &ticked);
        }
    }
    if (rc == 0 && more == 0 && !export_stopped())
        tell_damage(reading, file, xdf);
    xdf_reader_close(xdf);
    if (fd >= 0)
        close(fd);
    rc = rc != 0 ? rc : more;
    if (rc == 0)
        return 0;
    ctl_fail("%s: %s", path, rc == -EBADMSG ? "is no XDF file" : strerror(-rc));
    return REPORT_NO_INPUT;
}

static int read_files(struct report_reading *reading, bool with_metrics)
{
    const struct report_files *files = reading->files;
    struct export_progress progress;
    struct stat st;
    uint64_t all = 0, offset = 0;
    for (size_t i = 0; i < files->n; i++)
        all += stat(files->path[i], &st) == 0 ? (uint64_t)st.st_size : 0;
    export_progress_begin(&progress, report_base_name(files->path[0]), all, reading->options->progress);
    json_array_clear(reading->doubts);
    json_array_clear(reading->notes);
    reading->first_tick_s = reading->last_tick_s = reading->utc_minus_tick_s = (double)NAN;
    reading->n_holes = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < files->n && !export_stopped(); i++) {
        rc = read_file(reading, i, with_metrics, &progress, offset);
        offset += stat(files->path[i], &st) == 0 ? (uint64_t)st.st_size : 0;
    }
    export_progress_end(&progress);
    return rc;
}

// What is published at the end of a window comes later than its samples, so the edges are loose.
static bool metrics_are_whole(const struct report_reading *reading)
{
    const struct report_data *data = reading->data;
    return data->status.n > 0 && data->n_missing == 0 && data->n_lost == 0 && !reading->damaged &&
           isfinite(data->first_s) && data->first_s <= reading->first_tick_s + EDGE_S &&
           data->last_s >= reading->last_tick_s - EDGE_S;
}

static int replay_all(struct report_reading *reading)
{
    int rc = 0;
    const struct report_files *files = reading->files;
    for (size_t from = 0, until; rc == 0 && from < files->n && !export_stopped(); from = until) {
        for (until = from + 1; until < files->n; until++)
            if (fabs(reading->shift_s[until] - reading->shift_s[from]) > 0)
                break;
        reading->data->shift_s = reading->shift_s[from];
        reading->data->n_sequences = 0;
        rc = report_replay(reading, from, until);
    }
    reading->replayed = true;
    return rc;
}

int report_read(struct report_reading *reading)
{
    struct report_data *data = reading->data;
    bool recompute = reading->options->recompute;
    reading->doubts = json_array();
    reading->notes = json_array();
    reading->shift_s = calloc(reading->files->n, sizeof *reading->shift_s);
    if (!reading->shift_s)
        return ctl_fail("out of memory");
    int rc = read_files(reading, !recompute);
    bool whole = rc == 0 && !recompute && metrics_are_whole(reading);
    bool some = rc == 0 && !whole && data->n_objects > 0;
    if (some) { // begin anew with the log alone
        report_data_finish(data);
        report_data_init(data);
        rc = read_files(reading, false);
        say(reading->notes, "What was published is not whole in the recording; it was computed anew from the samples.");
    }
    if (rc == 0 && !whole && !export_stopped())
        rc = replay_all(reading);
    if (rc == 0 && reading->n_holes > 0)
        say(reading->doubts, "The recorder could not keep up and lost %llu events of the log.",
            (unsigned long long)reading->n_holes);
    if (rc == 0 && data->n_unreadable > 0)
        say(reading->doubts, "%llu published objects could not be read.", (unsigned long long)data->n_unreadable);
    if (rc == 0 && data->failed)
        return ctl_fail("out of memory");
    return rc;
}

void report_read_finish(struct report_reading *reading)
{
    json_decref(reading->doubts);
    json_decref(reading->notes);
    free(reading->shift_s);
}
