// SPDX-License-Identifier: GPL-3.0-or-later
#include "import.h"

#include "frames/site.h"
#include "import_csv.h"
#include "import_options.h"
#include "record/log_writer.h"
#include "record/tick_maker.h"
#include "say.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_NS       INT64_C(10000000)
#define MAX_STAMP_S    4e9
#define PROGRESS_LINES 65536

// One site: where its channels come from.
struct mapping {
    struct source_desc desc;
    int column[N_CHANNELS];
    double sign[N_CHANNELS];
    struct raw_block block;
};

struct import_job {
    const struct import_options *options;
    struct csv *csv;
    struct log_writer *log;
    struct mapping *mappings; // [n_mappings]
    int n_mappings;
    int time_column; // -1: rows follow rate_hz
    struct tick_maker ticks;
    unsigned long long n_rows;
    int64_t first_ns, last_ns; // the rows' times
    char error[CSV_ERROR];
};

static int map_channel(struct import_job *job, struct mapping *mapping, int c, const char *name)
{
    if (name[0] == '\0')
        return 0;
    mapping->sign[c] = name[0] == '-' ? -1 : 1;
    mapping->column[c] = csv_column(job->csv, name + (name[0] == '-'));
    if (mapping->column[c] < 0) {
        char list[300];
        csv_list_columns(job->csv, list, sizeof list);
        ctl_fail("%s: no column '%s'; it has: %s", job->options->in, name + (name[0] == '-'), list);
        return IMPORT_NO_INPUT;
    }
    mapping->desc.channel_mask = (uint16_t)(mapping->desc.channel_mask | 1U << c);
    mapping->desc.scale[c] = c < CH_GYRO_X ? job->options->acc_to_si : job->options->gyro_to_si;
    return 0;
}

// "sacrum=-ay,,az" into a mapping.
static int parse_map(struct import_job *job, struct mapping *mapping, const char *spec)
{
    char text[512];
    snprintf(text, sizeof text, "%s", spec);
    char *columns = strchr(text, '=');
    if (!columns || strlen(spec) >= sizeof text)
        return import_usage("--map is SITE=AX,AY,AZ[,GX,GY,GZ], not", spec);
    *columns++ = '\0';
    int site = site_from_name(text);
    if (site < 0)
        return import_usage("no such site", text);
    static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    memcpy(mapping->desc.mount, identity, sizeof identity);
    mapping->desc.site = (uint16_t)site;
    mapping->desc.format = SAMPLE_FLOAT32;
    mapping->desc.rate_hz = job->options->rate_hz;
    snprintf(mapping->desc.name, sizeof mapping->desc.name, "csv %.32s", site_names[site]);
    snprintf(mapping->desc.chip, sizeof mapping->desc.chip, "csv"); // one row, one stamp: one clock for all
    for (int c = 0; c < N_CHANNELS && columns; c++) {
        char *name = strsep(&columns, ",");
        int rc = map_channel(job, mapping, c, name);
        if (rc != 0)
            return rc;
    }
    if (columns || mapping->desc.channel_mask == 0)
        return import_usage(columns ? "--map with more than six columns" : "--map without columns", spec);
    return 0;
}

static int parse_maps(struct import_job *job)
{
    const struct import_options *options = job->options;
    for (int i = 0; i < options->n_maps; i++) {
        int rc = parse_map(job, &job->mappings[i], options->maps[i]);
        if (rc != 0)
            return rc;
        job->mappings[i].block.source = (uint16_t)i;
        job->n_mappings++;
        for (int k = 0; k < i; k++)
            if (job->mappings[k].desc.site == job->mappings[i].desc.site)
                return import_usage("--map twice for one site", options->maps[i]);
    }
    job->time_column = csv_column(job->csv, options->time_column ? options->time_column : "t_s");
    if (job->time_column >= 0 || (!options->time_column && options->rate_hz > 0))
        return 0;
    char list[300];
    csv_list_columns(job->csv, list, sizeof list);
    ctl_fail("%s: no time column '%s' (give --time, or --rate); it has: %s", options->in,
             options->time_column ? options->time_column : "t_s", list);
    return IMPORT_NO_INPUT;
}

static int write_opening(struct import_job *job)
{
    struct log_event settings = {.kind = LOG_SETTINGS, .settings = "version: 1\nrig: import\n"};
    int rc = log_writer_put(job->log, &settings);
    for (int i = 0; rc == 0 && i < job->n_mappings; i++) {
        struct log_event source = {.kind = LOG_SOURCE, .source = (uint16_t)i, .desc = &job->mappings[i].desc};
        rc = log_writer_put(job->log, &source);
    }
    return rc;
}

static int write_tick(struct import_job *job, int64_t tick_ns)
{
    struct log_event tick = {.kind = LOG_TICK, .tick = {tick_ns, UTC_UNKNOWN_NS}};
    return log_writer_put(job->log, &tick);
}

// The rows collected so far, one block per site, after the ticks that are due.
static int write_blocks(struct import_job *job)
{
    if (job->mappings[0].block.n == 0)
        return 0;
    int64_t tick_ns;
    int rc = 0;
    while (rc == 0 && tick_maker_due(&job->ticks, job->mappings[0].block.stamp_ns[0], &tick_ns))
        rc = write_tick(job, tick_ns);
    for (int i = 0; rc == 0 && i < job->n_mappings; i++) {
        struct raw_block *block = &job->mappings[i].block;
        struct log_event event = {.kind = LOG_BLOCK, .source = (uint16_t)i, .block = block};
        rc = log_writer_put(job->log, &event);
        block->n = 0;
    }
    return rc;
}

// The time of the row. 0 or -EBADMSG.
static int row_time(struct import_job *job, int64_t *stamp_ns)
{
    double time_s = 0;
    if (job->time_column < 0) {
        time_s = (double)job->n_rows / job->options->rate_hz;
    } else {
        int rc = csv_number(job->csv, job->time_column, &time_s, job->error);
        if (rc != 0)
            return rc;
        if (!(fabs(time_s) < MAX_STAMP_S)) {
            snprintf(job->error, sizeof job->error, "%s:%llu: column '%s': no time", job->options->in,
                     csv_line(job->csv), job->options->time_column ? job->options->time_column : "t_s");
            return -EBADMSG;
        }
    }
    *stamp_ns = log_quantise_ns(llround(time_s * 1e9));
    return 0;
}

static int take_row(struct import_job *job, struct mapping *mapping, int64_t stamp_ns)
{
    struct raw_block *block = &mapping->block;
    unsigned mask = mapping->desc.channel_mask;
    for (int c = 0; c < N_CHANNELS; c++) {
        double value = 0;
        int rc = mask >> c & 1U ? csv_number(job->csv, mapping->column[c], &value, job->error) : 0;
        if (rc != 0)
            return rc;
        float narrow = (float)(mapping->sign[c] * value);
        block->value[block->n][c] = isinf(narrow) ? (double)NAN : (double)narrow;
    }
    block->stamp_ns[block->n++] = stamp_ns;
    return 0;
}

static bool block_is_full(const struct raw_block *block, int64_t stamp_ns)
{
    int64_t span_ns = block->n > 0 ? stamp_ns - block->stamp_ns[0] : 0;
    return block->n == RAW_BLOCK_MAX || span_ns >= BLOCK_NS || span_ns < 0;
}

static void show_progress(const struct import_job *job, bool end)
{
    if (isatty(STDERR_FILENO) && (end || job->n_rows % PROGRESS_LINES == 0))
        fprintf(stderr, "\r%s: %llu rows%s", job->options->in, job->n_rows, end ? "\n" : "");
}

// 0, or -EBADMSG with job->error set, or the negative errno of a failed write with job->error empty.
static int copy_rows(struct import_job *job)
{
    int rc;
    while ((rc = csv_next(job->csv, job->error)) == 1) {
        int64_t stamp_ns;
        rc = row_time(job, &stamp_ns);
        if (rc == 0 && block_is_full(&job->mappings[0].block, stamp_ns))
            rc = write_blocks(job);
        for (int i = 0; rc == 0 && i < job->n_mappings; i++)
            rc = take_row(job, &job->mappings[i], stamp_ns);
        if (rc != 0)
            return rc;
        if (job->n_rows++ == 0)
            job->first_ns = stamp_ns;
        job->last_ns = stamp_ns;
        show_progress(job, false);
    }
    if (rc == 0 && job->n_rows == 0) {
        snprintf(job->error, sizeof job->error, "%s: no rows", job->options->in);
        return -EBADMSG;
    }
    if (rc == 0)
        rc = write_blocks(job);
    return rc == 0 ? write_tick(job, tick_maker_last(&job->ticks)) : rc;
}

static void remove_partial(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
        unlink(path);
}

static int write_log(struct import_job *job)
{
    const char *out = job->options->out;
    int rc = log_writer_open(&job->log, out);
    if (rc != 0) {
        return ctl_fail("%s: %s", out, strerror(-rc));
    }
    rc = write_opening(job);
    if (rc == 0)
        rc = copy_rows(job);
    int closed = log_writer_close(job->log);
    show_progress(job, true);
    if (rc == 0 && closed == 0)
        return IMPORT_DONE;
    remove_partial(out);
    if (job->error[0] != '\0') {
        ctl_fail("%s", job->error);
        return IMPORT_NO_INPUT;
    }
    return ctl_fail("%s: %s", out, strerror(rc != 0 ? -rc : -closed));
}

static int print_json(const struct import_job *job)
{
    json_t *sites = json_array();
    for (int i = 0; i < job->n_mappings; i++)
        json_array_append_new(sites, json_string(site_names[job->mappings[i].desc.site]));
    return ctl_print(json_pack("{s:b, s:s, s:s, s:I, s:f, s:o}", "ok", 1, "input", job->options->in, "output",
                               job->options->out, "rows", (json_int_t)job->n_rows, "duration_s",
                               (double)(job->last_ns - job->first_ns) / 1e9, "sites", sites));
}

int poisectl_import(int argc, char **argv)
{
    struct import_options options = {.acc_to_si = 1, .gyro_to_si = 1};
    int code = import_parse_options(&options, argc, argv);
    if (code >= 0)
        return code;
    struct import_job job = {.options = &options};
    if (csv_open(&job.csv, options.in, job.error) != 0) {
        ctl_fail("%s", job.error);
        return IMPORT_NO_INPUT;
    }
    job.mappings = calloc((size_t)options.n_maps, sizeof *job.mappings);
    code = job.mappings ? parse_maps(&job) : IMPORT_FAILED;
    if (code == 0)
        code = write_log(&job);
    if (code == IMPORT_DONE && say_is_json())
        code = print_json(&job);
    free(job.mappings);
    csv_close(job.csv);
    return code;
}
