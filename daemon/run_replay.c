// SPDX-License-Identifier: GPL-3.0-or-later
// A recording through the pipeline: no device, no socket, no state but what --state-dir names; as fast as it goes or in
// real time.
#include "core/clock.h"
#include "core/log.h"
#include "core/uuid.h"
#include "keep.h"
#include "pipeline.h"
#include "publish/streams.h"
#include "record/log_reader.h"
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

struct replay {
    const struct options *options;
    struct config config;
    struct pipeline *pipeline;
    struct keep *keep;
    bool settled; // an event has followed the settings
    struct stream_encoder encoder;
    FILE *emit;
    struct status_result last_status;
    int64_t first_tick_ns, last_tick_ns, started_ns;
    bool pacing;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static int take_outputs(struct replay *r)
{
    const struct output *output;
    while ((output = pipeline_pull(r->pipeline)) != NULL) {
        if (output->stream == STREAM_STATUS)
            r->last_status = output->status;
        keep_watch(r->keep, output);
        int rc = r->emit ? stream_emit(&r->encoder, output, r->emit) : 0;
        if (rc != 0)
            return rc;
    }
    keep_save(r->keep);
    return 0;
}

static int start_pipeline(struct replay *r, const struct config *config)
{
    if (config != &r->config)
        r->config = *config;
    r->settled = false;
    return pipeline_create(&r->pipeline, config);
}

// Directly after the settings stands the calibration in force then. A recording without it, and the file of another
// program, begins with what the state directory holds, when that is asked for.
static void begin_log(struct replay *r, const struct log_event *next)
{
    r->settled = true;
    bool recorded = next->kind == LOG_CALIBRATION;
    keep_begin(r->keep, &r->config, recorded ? next->calibration : NULL);
    const struct calibration *calibration = keep_opening(r->keep);
    if (calibration && !recorded)
        pipeline_push(r->pipeline, &(struct log_event){.kind = LOG_CALIBRATION, .calibration = calibration});
}

static int end_pipeline(struct replay *r)
{
    if (!r->pipeline)
        return 0;
    pipeline_finish(r->pipeline);
    int rc = take_outputs(r);
    keep_settle(r->keep);
    pipeline_destroy(r->pipeline);
    r->pipeline = NULL;
    return rc;
}

// The log's settings make a new pipeline, at the start and after each reload; -c and --set stand over them.
static int take_settings(struct replay *r, const char *text)
{
    char error[SETTINGS_ERROR] = "";
    struct config config;
    if (run_load_config(r->options, false, text, &config, error) != 0) {
        log_warning("%s; going on with the settings so far", error);
        config = r->config;
    }
    int rc = end_pipeline(r);
    memcpy(r->encoder.rig, config.top.rig, sizeof r->encoder.rig);
    return rc == 0 ? start_pipeline(r, &config) : rc;
}

static void pace(struct replay *r, int64_t tick_ns)
{
    if (r->first_tick_ns == INT64_MIN) {
        r->first_tick_ns = tick_ns;
        r->started_ns = clock_mono_ns();
    }
    r->last_tick_ns = tick_ns;
    int64_t due = r->started_ns + tick_ns - r->first_tick_ns;
    struct timespec until = {due / NS_PER_S, due % NS_PER_S};
    if (r->options->pace_real && r->emit)
        fflush(r->emit);
    if (r->options->pace_real)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int take_event(struct replay *r, const struct log_event *event)
{
    int rc = 0;
    if (event->kind == LOG_SETTINGS)
        rc = take_settings(r, event->settings);
    else if (!r->pipeline) // a foreign recording has no settings
        rc = start_pipeline(r, &r->config);
    if (rc != 0)
        return rc;
    if (!r->settled && event->kind != LOG_SETTINGS)
        begin_log(r, event);
    if (event->kind == LOG_TICK)
        pace(r, event->tick.mono_ns);
    pipeline_push(r->pipeline, event);
    return take_outputs(r);
}

static int run_events(struct replay *r, struct log_reader *reader)
{
    struct log_event event;
    bool first = true;
    int rc = 0, more;
    while (!stopped && (more = log_reader_next(reader, &event)) != 0) {
        if (more < 0 && !stopped) // a signal may cut a read short
            return more;
        if (more < 0)
            break;
        if (first && !log_reader_goes_on(reader)) // another recording
            rc = end_pipeline(r);
        first = false;
        if (rc == 0)
            rc = take_event(r, &event);
        if (rc != 0)
            return rc;
    }
    return 0;
}

// *exit_code stays unless the file is unusable.
static int run_file(struct replay *r, const char *path, struct log_reader_options *options, int *exit_code)
{
    char error[512] = "";
    struct log_reader *reader;
    if (log_reader_open(&reader, path, options, error, sizeof error) != 0) {
        log_error("%s", error);
        *exit_code = EX_NOINPUT;
        return 0;
    }
    int rc = run_events(r, reader);
    if (log_reader_warning(reader)[0] != '\0')
        log_warning("%s: %s", path, log_reader_warning(reader));
    if (rc != 0)
        log_error("%s: %s", path, strerror(-rc));
    const struct log_part *part = log_reader_part(reader);
    if (options->after.number > 0 && !log_reader_goes_on(reader))
        log_warning("%s does not go on from the file before it: replayed as a log of its own", path);
    options->after = *part;
    log_reader_close(reader);
    return rc;
}

static void say_balance(const struct replay *r)
{
    const struct sample_counters *c = &r->last_status.counters;
    double recorded_s = r->first_tick_ns == INT64_MIN ? 0 : (double)(r->last_tick_ns - r->first_tick_ns) / 1e9;
    double took_s = (double)(clock_mono_ns() - r->started_ns) / 1e9;
    log_info("replayed %.1f s in %.2f s (%.0f x real time)", recorded_s, took_s,
             recorded_s / (took_s > 0 ? took_s : 1));
    log_info("samples in %llu = used %llu + dropped %llu + invalid %llu", (unsigned long long)c->in,
             (unsigned long long)c->used, (unsigned long long)c->dropped, (unsigned long long)c->invalid);
}

static void set_import_map(const struct config *config, struct log_reader_options *options)
{
    options->n_map = 0;
    for (int i = 0; i < IMPORT_MAP_MAX && config->import_map[i].name[0] != '\0'; i++) {
        struct import_map *map = &options->map[options->n_map++];
        memcpy(map->name, config->import_map[i].name, sizeof map->name);
        map->site = config->import_map[i].site;
    }
}

int run_replay(const struct options *options, const struct config *config)
{
    static struct log_reader_options reader_options;
    struct replay r = {.options = options, .config = *config, .first_tick_ns = INT64_MIN};
    int exit_code = EX_OK;
    bool failed;

    const struct sigaction action = {.sa_handler = on_signal}; // without SA_RESTART: a read from a pipe ends
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    set_import_map(config, &reader_options);
    r.emit = run_open_emit(options->emit, &failed);
    if (failed)
        return EXIT_FAILURE;
    (void)uuid_make(r.encoder.boot);
    memcpy(r.encoder.rig, config->top.rig, sizeof r.encoder.rig);
    r.started_ns = clock_mono_ns();
    int rc = keep_create(&r.keep, options->state_dir);
    for (int i = 0; rc == 0 && exit_code == EX_OK && !stopped && i < options->n_replay; i++)
        rc = run_file(&r, options->replay[i], &reader_options, &exit_code);
    if (rc == 0)
        rc = end_pipeline(&r);
    if (rc == 0 && exit_code == EX_OK)
        say_balance(&r);
    pipeline_destroy(r.pipeline);
    keep_destroy(r.keep);
    if (run_close_emit(r.emit) != 0 && rc == 0)
        rc = -EIO;
    return rc == 0 ? exit_code : EXIT_FAILURE;
}
