// SPDX-License-Identifier: GPL-3.0-or-later
// A recording as one HDF5 file: samples as captured, in SI units, each stream with its own stamps; events, markers and
// metrics as columns of one length per group. What is missing is NaN, or "" in texts.
#include "export.h"
#include "export_about.h"
#include "export_event.h"
#include "export_h5.h"
#include "export_number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IMU_ROWS    4096
#define EVENT_ROWS  256
#define METRIC_ROWS 512

enum event_column { EV_T, EV_EVENT, EV_SITE, EV_SOURCE, EV_STATE, EV_VALUE, EV_ERROR, EV_TEXT, N_EVENT_COLUMNS };
static const struct {
    const char *name, *unit;
    enum h5_kind kind;
} event_columns[N_EVENT_COLUMNS] = {
    [EV_T] = {"t_s", "s", H5_FLOAT64},      [EV_EVENT] = {"event", "", H5_TEXT}, [EV_SITE] = {"site", "", H5_TEXT},
    [EV_SOURCE] = {"source", "", H5_INT32}, [EV_STATE] = {"state", "", H5_TEXT}, [EV_VALUE] = {"value", "", H5_FLOAT64},
    [EV_ERROR] = {"error", "", H5_INT32},   [EV_TEXT] = {"text", "", H5_TEXT}};

struct imu_columns {
    struct h5_column time, acc, gyro; // a half has only one of them
    int acc_index[3], gyro_index[3];  // channels of the columns, in order
    int n_acc, n_gyro;
    bool wide; // float64: float32 would lose bits of the captured values
};

struct hdf5_state {
    hid_t file, imu, events, markers, metrics;
    struct imu_columns source[EXPORT_SOURCES_MAX];
    struct h5_column event[N_EVENT_COLUMNS], marker_t, marker_text;
    struct h5_column *metric[METRIC_STREAMS_MAX]; // [n_columns]
};

static int unit_of(const struct h5_column *column, const char *unit)
{
    return h5_attribute_text(column->dataset, "unit", unit);
}

static int describe_source(hid_t group, const struct export_source *source)
{
    const struct source_desc *desc = &source->desc;
    double rate_hz = desc->rate_hz > 0 ? desc->rate_hz : (double)NAN, mean_hz = export_source_rate_hz(source);
    double number = source->slot;
    int rc = h5_attribute_text(group, "site", site_names[desc->site]);
    if (rc == 0)
        rc = h5_attribute_text(group, "device", desc->name);
    if (rc == 0)
        rc = h5_attribute_text(group, "chip", desc->chip);
    if (rc == 0)
        rc = h5_attribute_reals(group, "source", &number, 1);
    if (rc == 0)
        rc = h5_attribute_reals(group, "nominal_rate_hz", &rate_hz, 1);
    if (rc == 0)
        rc = h5_attribute_reals(group, "mean_rate_hz", &mean_hz, 1);
    return rc == 0 ? h5_attribute_reals(group, "mount", desc->mount, 9) : rc;
}

// The columns of a sensor: its axes in order, a missing one left out.
static int open_sensor(struct h5_column *column, hid_t group, const char *name, const char *unit, const int *index,
                       int n, bool wide)
{
    static const char *const axes = "xyz";
    char text[4] = "";
    for (int i = 0; i < n; i++)
        text[i] = axes[index[i] % 3];
    int rc = h5_column_open(column, group, name, wide ? H5_FLOAT64 : H5_FLOAT32, n, IMU_ROWS);
    if (rc == 0)
        rc = unit_of(column, unit);
    return rc == 0 ? h5_attribute_text(column->dataset, "axes", text) : rc;
}

static int open_source(struct hdf5_state *state, int at, const struct export_source *source)
{
    struct imu_columns *columns = &state->source[at];
    for (int c = 0; c < N_CHANNELS; c++)
        if (export_source_has(source, c) && c < CH_GYRO_X)
            columns->acc_index[columns->n_acc++] = c;
        else if (export_source_has(source, c))
            columns->gyro_index[columns->n_gyro++] = c;
    columns->wide = source->desc.format == SAMPLE_INT32 || source->desc.format == SAMPLE_FLOAT64;
    hid_t group = h5_group(state->imu, source->name);
    if (group < 0)
        return h5_errno();
    int rc = describe_source(group, source);
    if (rc == 0)
        rc = h5_column_open(&columns->time, group, "time", H5_FLOAT64, 1, IMU_ROWS);
    if (rc == 0)
        rc = unit_of(&columns->time, "s");
    if (rc == 0 && columns->n_acc > 0)
        rc = open_sensor(&columns->acc, group, "acc", "m/s^2", columns->acc_index, columns->n_acc, columns->wide);
    if (rc == 0 && columns->n_gyro > 0)
        rc = open_sensor(&columns->gyro, group, "gyro", "rad/s", columns->gyro_index, columns->n_gyro, columns->wide);
    H5Gclose(group);
    return rc;
}

static int open_events(struct hdf5_state *state)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < N_EVENT_COLUMNS; i++) {
        rc = h5_column_open(&state->event[i], state->events, event_columns[i].name, event_columns[i].kind, 1,
                            EVENT_ROWS);
        if (rc == 0 && event_columns[i].unit[0] != '\0')
            rc = unit_of(&state->event[i], event_columns[i].unit);
    }
    if (rc == 0)
        rc = h5_column_open(&state->marker_t, state->markers, "t_s", H5_FLOAT64, 1, EVENT_ROWS);
    if (rc == 0)
        rc = unit_of(&state->marker_t, "s");
    return rc == 0 ? h5_column_open(&state->marker_text, state->markers, "text", H5_TEXT, 1, EVENT_ROWS) : rc;
}

static int open_metric(struct hdf5_state *state, int at, const struct metric_stream *stream)
{
    state->metric[at] = calloc((size_t)stream->n_columns + 1, sizeof *state->metric[at]);
    if (!state->metric[at])
        return -ENOMEM;
    hid_t group = h5_group(state->metrics, stream->name);
    int rc = group < 0 ? h5_errno() : 0;
    for (int i = 0; rc == 0 && i < stream->n_columns; i++)
        rc = h5_column_open(&state->metric[at][i], group, stream->columns[i].key,
                            stream->columns[i].text ? H5_TEXT : H5_FLOAT64, 1, METRIC_ROWS);
    if (group >= 0)
        H5Gclose(group);
    return rc;
}

static int describe_recording(struct export_job *job, hid_t file)
{
    const struct export_survey *survey = &job->survey;
    char start[EXPORT_NUMBER];
    double first_s = (double)survey->first_ns / 1e9, last_s = (double)survey->last_ns / 1e9;
    const struct {
        const char *name, *text;
    } texts[] = {{"recording", job->label},
                 {"software", "poisectl " POISE_VERSION},
                 {"rig", survey->foreign ? "" : survey->config.top.rig},
                 {"subject", survey->config.subject.id},
                 {"start_utc", export_utc(survey->first_ns, survey->utc_minus_mono_ns, start)},
                 {"time", "seconds of the recording machine's monotonic clock"},
                 {"settings", survey->foreign || !survey->settings ? "" : survey->settings},
                 {"settings_sha1", survey->digest}};
    int rc = h5_attribute_reals(file, "first_t_s", &first_s, 1);
    if (rc == 0)
        rc = h5_attribute_reals(file, "last_t_s", &last_s, 1);
    for (size_t i = 0; rc == 0 && i < sizeof texts / sizeof texts[0]; i++)
        rc = h5_attribute_text(file, texts[i].name, texts[i].text);
    return rc;
}

static int open_file(struct export_job *job, struct hdf5_state *state)
{
    const char *slash = strrchr(job->options->out, '/');
    const char *name = slash ? slash + 1 : job->options->out;
    const char *path = name[0] != '\0' ? export_out_path(job->out, name, false) : NULL;
    if (!path) {
        snprintf(job->error, sizeof job->error, "%.400s: is no name of a file", job->options->out);
        return -EISDIR;
    }
    errno = 0;
    state->file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    if (state->file < 0)
        return h5_errno();
    const struct {
        hid_t *group;
        const char *name;
    } groups[] = {
        {&state->imu, "imu"}, {&state->events, "events"}, {&state->markers, "markers"}, {&state->metrics, "metrics"}};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if ((*groups[i].group = h5_group(state->file, groups[i].name)) < 0)
            return h5_errno();
    return describe_recording(job, state->file);
}

static int begin(struct export_job *job, void **result)
{
    struct hdf5_state *state = *result = calloc(1, sizeof *state);
    if (!state)
        return -ENOMEM;
    h5_init();
    int rc = open_file(job, state);
    for (int i = 0; rc == 0 && i < job->survey.n_sources; i++)
        rc = open_source(state, i, &job->survey.sources[i]);
    if (rc == 0)
        rc = open_events(state);
    for (int i = 0; rc == 0 && i < job->metrics.n_streams; i++)
        rc = open_metric(state, i, &job->metrics.streams[i]);
    return rc;
}

static int put_sensor(struct h5_column *column, const struct source_desc *desc, const double value[N_CHANNELS],
                      const int *index, int n, bool wide)
{
    double si[3];
    float narrow[3];
    for (int i = 0; i < n; i++) {
        si[i] = export_si(desc, value, index[i]);
        narrow[i] = (float)si[i];
    }
    return n == 0 ? 0 : h5_column_put(column, wide ? (const void *)si : (const void *)narrow);
}

static int take_block(struct export_job *job, struct hdf5_state *state, const struct raw_block *block)
{
    int at = job->survey.now[block->source], rc = 0;
    struct imu_columns *columns = &state->source[at];
    const struct source_desc *desc = &job->survey.sources[at].desc;
    for (int i = 0; rc == 0 && i < block->n; i++) {
        rc = h5_column_put_real(&columns->time, (double)block->stamp_ns[i] / 1e9);
        if (rc == 0)
            rc = put_sensor(&columns->acc, desc, block->value[i], columns->acc_index, columns->n_acc, columns->wide);
        if (rc == 0)
            rc = put_sensor(&columns->gyro, desc, block->value[i], columns->gyro_index, columns->n_gyro, columns->wide);
    }
    return rc;
}

static int take_event(struct export_job *job, struct hdf5_state *state, const struct export_event *row)
{
    double t_s = (double)job->t_ns / 1e9;
    const char *const texts[N_EVENT_COLUMNS] = {
        [EV_EVENT] = row->event, [EV_SITE] = row->site, [EV_STATE] = row->state, [EV_TEXT] = row->text};
    const double reals[N_EVENT_COLUMNS] = {[EV_T] = t_s, [EV_VALUE] = row->value};
    const int32_t counts[N_EVENT_COLUMNS] = {[EV_SOURCE] = row->source, [EV_ERROR] = row->error};
    int rc = 0;
    for (int i = 0; rc == 0 && i < N_EVENT_COLUMNS; i++)
        rc = event_columns[i].kind == H5_TEXT      ? h5_column_put_text(&state->event[i], texts[i])
             : event_columns[i].kind == H5_FLOAT64 ? h5_column_put_real(&state->event[i], reals[i])
                                                   : h5_column_put(&state->event[i], &counts[i]);
    if (rc != 0 || strcmp(row->event, "mark") != 0)
        return rc;
    rc = h5_column_put_real(&state->marker_t, t_s);
    return rc == 0 ? h5_column_put_text(&state->marker_text, row->text) : rc;
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
    struct hdf5_state *state = opaque;
    const struct metric_stream *table = &job->metrics.streams[stream];
    int rc = 0;
    for (int i = 0; rc == 0 && i < table->n_columns; i++)
        rc = table->columns[i].text
                 ? h5_column_put_text(&state->metric[stream][i], cells[i].known && cells[i].text ? cells[i].text : "")
                 : h5_column_put_real(&state->metric[stream][i], cells[i].known ? cells[i].number : (double)NAN);
    return rc;
}

static void close_column(struct h5_column *column, int *rc)
{
    int closed = h5_column_close(column);
    *rc = *rc != 0 ? *rc : closed;
}

static int end(struct export_job *job, void *opaque, bool whole)
{
    struct hdf5_state *state = opaque;
    int rc = 0;
    for (int i = 0; i < EXPORT_SOURCES_MAX; i++) {
        close_column(&state->source[i].time, &rc);
        close_column(&state->source[i].acc, &rc);
        close_column(&state->source[i].gyro, &rc);
    }
    for (int i = 0; i < N_EVENT_COLUMNS; i++)
        close_column(&state->event[i], &rc);
    close_column(&state->marker_t, &rc);
    close_column(&state->marker_text, &rc);
    for (int i = 0; i < job->metrics.n_streams; i++) {
        for (int k = 0; state->metric[i] && k < job->metrics.streams[i].n_columns; k++)
            close_column(&state->metric[i][k], &rc);
        free(state->metric[i]);
    }
    const hid_t groups[] = {state->imu, state->events, state->markers, state->metrics};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (groups[i] > 0)
            H5Gclose(groups[i]);
    errno = 0;
    if (state->file > 0 && H5Fclose(state->file) < 0 && rc == 0)
        rc = h5_errno();
    free(state);
    (void)whole; // an incomplete file is removed by the caller
    return rc;
}

const struct export_format export_hdf5 = {begin, take, metric, end};
