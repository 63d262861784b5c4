// SPDX-License-Identifier: GPL-3.0-or-later
// A recording as a folder of CSV: samples as captured, in SI units, each file with its own stamps. Nothing
// is resampled, gaps stay gaps; what is missing is an empty cell.
#include "export.h"
#include "export_about.h"
#include "export_event.h"
#include "export_number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct csv_state {
    FILE *imu[EXPORT_SOURCES_MAX];
    FILE *events, *markers;
    FILE *metric[METRIC_STREAMS_MAX];
};

// Quoted when it has to be.
static void put_text(FILE *file, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fputc('"', file);
        fputc(*c, file);
    }
    fputc('"', file);
}

static int open_file(struct export_job *job, FILE **file, const char *name, const char *header)
{
    errno = 0;
    *file = export_out_file(job->out, name, false);
    if (!*file)
        return errno > 0 ? -errno : -EIO;
    fputs(header, *file);
    return export_out_failed(*file);
}

static int open_imu(struct export_job *job, FILE **file, const struct export_source *source)
{
    static const char *const names[N_CHANNELS] = {"acc_x_m_s2",   "acc_y_m_s2",   "acc_z_m_s2",
                                                  "gyro_x_rad_s", "gyro_y_rad_s", "gyro_z_rad_s"};
    unsigned mask = source->desc.channel_mask;
    bool whole = (mask & CHANNELS_ACC) != 0 && (mask & CHANNELS_GYRO) != 0;
    char name[80];
    snprintf(name, sizeof name, "%s%s.csv", source->name, whole ? "_imu" : "");
    int rc = open_file(job, file, name, "t_s");
    for (int c = 0; rc == 0 && c < N_CHANNELS; c++)
        if (export_source_has(source, c))
            fprintf(*file, ",%s", names[c]);
    if (rc == 0)
        fputs("\n", *file);
    return rc;
}

static int open_metric(struct export_job *job, FILE **file, const struct metric_stream *stream)
{
    char name[80];
    snprintf(name, sizeof name, "metrics/%s.csv", stream->name);
    int rc = open_file(job, file, name, "");
    for (int i = 0; rc == 0 && i < stream->n_columns; i++) {
        fputs(i > 0 ? "," : "", *file);
        put_text(*file, stream->columns[i].key);
    }
    if (rc == 0)
        fputs("\n", *file);
    return rc;
}

static int begin(struct export_job *job, void **result)
{
    struct csv_state *state = *result = calloc(1, sizeof *state);
    int rc = state ? 0 : -ENOMEM;
    for (int i = 0; rc == 0 && i < job->survey.n_sources; i++)
        rc = open_imu(job, &state->imu[i], &job->survey.sources[i]);
    if (rc == 0)
        rc = open_file(job, &state->events, "events.csv", "t_s,utc,event,site,source,state,value,error,text\n");
    if (rc == 0)
        rc = open_file(job, &state->markers, "markers.csv", "t_s,utc,text\n");
    for (int i = 0; rc == 0 && i < job->metrics.n_streams; i++)
        rc = open_metric(job, &state->metric[i], &job->metrics.streams[i]);
    return rc;
}

// Digits that give the captured value back: 16 bits and float32 need 9, 32 bits 12.
static int digits_of(enum sample_format format)
{
    return format == SAMPLE_FLOAT64 ? 17 : format == SAMPLE_INT32 ? 12 : 9;
}

static int take_block(struct export_job *job, struct csv_state *state, const struct raw_block *block)
{
    int at = job->survey.now[block->source];
    const struct export_source *source = &job->survey.sources[at];
    FILE *file = state->imu[at];
    int digits = digits_of(source->desc.format);
    char line[(N_CHANNELS + 1) * EXPORT_NUMBER];
    errno = 0;
    for (int i = 0; i < block->n; i++) {
        char *end = export_put_seconds(line, block->stamp_ns[i]);
        for (int c = 0; c < N_CHANNELS; c++) {
            if (!export_source_has(source, c))
                continue;
            *end++ = ',';
            end = export_put_digits(end, export_si(&source->desc, block->value[i], c), digits);
        }
        *end++ = '\n';
        fwrite(line, 1, (size_t)(end - line), file);
    }
    return export_out_failed(file);
}

static int take_event(struct export_job *job, struct csv_state *state, const struct export_event *row)
{
    char t[EXPORT_NUMBER], utc[EXPORT_NUMBER], number[EXPORT_NUMBER];
    export_seconds(job->t_ns, t);
    export_utc(job->t_ns, job->utc_offset, utc);
    errno = 0;
    fprintf(state->events, "%s,%s,%s,%s,", t, utc, row->event, row->site);
    if (row->source >= 0)
        fprintf(state->events, "%d", row->source);
    fprintf(state->events, ",%s,%s,", row->state, export_number(row->value, number));
    if (row->error != 0)
        fprintf(state->events, "%d", row->error);
    fputc(',', state->events);
    put_text(state->events, row->text);
    fputs("\n", state->events);
    if (strcmp(row->event, "mark") == 0) {
        fprintf(state->markers, "%s,%s,", t, utc);
        put_text(state->markers, row->text);
        fputs("\n", state->markers);
    }
    int rc = export_out_failed(state->events);
    return rc != 0 ? rc : export_out_failed(state->markers);
}

static int take(struct export_job *job, void *state, const struct log_event *event)
{
    struct export_event row;
    if (event->kind == LOG_BLOCK)
        return take_block(job, state, event->block);
    return export_event_row(event, &row) ? take_event(job, state, &row) : 0;
}

static int metric(struct export_job *job, void *opaque, int stream, const struct metric_cell *cells)
{
    struct csv_state *state = opaque;
    const struct metric_stream *table = &job->metrics.streams[stream];
    FILE *file = state->metric[stream];
    char number[EXPORT_NUMBER];
    errno = 0;
    for (int i = 0; i < table->n_columns; i++) {
        fputs(i > 0 ? "," : "", file);
        if (!cells[i].known)
            continue;
        if (table->columns[i].text)
            put_text(file, cells[i].text ? cells[i].text : "");
        else
            fputs(export_number(cells[i].number, number), file);
    }
    fputs("\n", file);
    return export_out_failed(file);
}

static int finish(struct export_job *job, void *opaque, bool whole)
{
    struct csv_state *state = opaque;
    int rc = 0;
    for (int i = 0; i < EXPORT_SOURCES_MAX; i++) {
        int closed = export_out_close(state->imu[i]);
        rc = rc != 0 ? rc : closed;
    }
    for (int i = 0; i < METRIC_STREAMS_MAX; i++) {
        int closed = export_out_close(state->metric[i]);
        rc = rc != 0 ? rc : closed;
    }
    int closed = export_out_close(state->events);
    rc = rc != 0 ? rc : closed;
    closed = export_out_close(state->markers);
    rc = rc != 0 ? rc : closed;
    free(state);
    return whole && rc == 0 ? export_write_json(job, "about.json", false, export_about(job)) : rc;
}

const struct export_format export_csv = {begin, take, metric, finish};
