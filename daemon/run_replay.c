// SPDX-License-Identifier: GPL-3.0-or-later
// A recording through the pipeline: no device, no socket, no state but what --state-dir names; as fast as it goes or in
// real time.
#include "assess_keep.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/uuid.h"
#include "history_keep.h"
#include "keep.h"
#include "pipeline.h"
#include "publish/streams.h"
#include "record/log_reader.h"
#include "replay_feed.h"
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
    struct history_keep *history;
    struct assess_keep *assess;
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

// Of the back while the feed has the front, of the whole pipeline when it stands still.
static int take_outputs(struct replay *r, const struct output *(*pull)(struct pipeline *))
{
    const struct output *output;
    while ((output = pull(r->pipeline)) != NULL) {
        if (output->stream == STREAM_STATUS)
            r->last_status = output->status;
        keep_watch(r->keep, output);
        assess_keep_watch(r->assess, output);
        int rc = r->emit ? stream_emit(&r->encoder, output, r->emit) : 0;
        if (rc != 0)
            return rc;
    }
    keep_save(r->keep);
    assess_keep_save(r->assess);
    return 0;
}

static int start_pipeline(struct replay *r, const struct config *config)
{
    if (config != &r->config)
        r->config = *config;
    r->settled = false;
    return pipeline_create(&r->pipeline, config);
}

static void open_history(struct replay *r, const struct runner_history *history)
{
    if (history)
        pipeline_back_event(r->pipeline, &(struct log_event){.kind = LOG_HISTORY, .history = history}, NULL);
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
        pipeline_back_event(r->pipeline, &(struct log_event){.kind = LOG_CALIBRATION, .calibration = calibration},
                            NULL);
    history_keep_begin(r->history, r->config.subject.id);
    assess_keep_begin(r->assess, r->config.subject.id, r->config.top.rig);
    open_history(r, history_keep_opening(r->history)); // one that the recording holds follows and stands
}

static void keep_history(struct replay *r)
{
    history_keep_close(r->history, pipeline_history(r->pipeline, NULL));
    history_keep_settle(r->history);
}

// A session may be another runner's.
static void take_session(struct replay *r, const struct log_event *event)
{
    const struct command *command = event->command;
    assess_keep_command(r->assess, command);
    keep_history(r);
    pipeline_back_event(r->pipeline, event, NULL);
    bool told = command->session[0] != '\0' && command->text[0] != '\0';
    history_keep_switch(r->history, told ? command->text : r->config.subject.id);
    open_history(r, history_keep_take(r->history));
}

static int end_pipeline(struct replay *r)
{
    if (!r->pipeline)
        return 0;
    pipeline_finish(r->pipeline);
    int rc = take_outputs(r, pipeline_pull);
    keep_settle(r->keep);
    assess_keep_settle(r->assess);
    if (r->settled)
        keep_history(r);
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
    if (r->options->pace_real && !stopped)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

// A foreign recording has no settings.
static int start(struct replay *r, struct feed *feed, const char *settings)
{
    int rc = settings ? take_settings(r, settings) : end_pipeline(r);
    if (rc == 0 && !settings)
        rc = start_pipeline(r, &r->config);
    if (rc == 0)
        feed_go_on(feed, r->pipeline);
    return rc;
}

static int take_item(struct replay *r, struct feed *feed, const struct feed_item *item)
{
    const struct log_event *event = &item->event;
    switch (item->kind) {
    case FEED_START:
        return start(r, feed, event->settings);
    case FEED_EVENT:
        if (!r->settled)
            begin_log(r, event);
        if (event->kind == LOG_TICK)
            pace(r, event->tick.mono_ns);
        if (event->kind == LOG_COMMAND && event->command->kind == COMMAND_SESSION)
            take_session(r, event);
        else
            pipeline_back_event(r->pipeline, event, item->has_status ? &item->status : NULL);
        break;
    case FEED_BLOCK:
        pipeline_back_block(r->pipeline, &item->block);
        break;
    }
    return take_outputs(r, pipeline_back_pull);
}

// On a signal, what has been read is still put to its end. *closable: nobody reads any more.
static int run_events(struct replay *r, struct log_reader *reader, bool *closable)
{
    struct feed *feed;
    bool ended = false;
    int rc = feed_create(&feed, reader, r->pipeline), failed = 0;
    if (rc != 0)
        return rc;
    while (rc == 0 && !ended) {
        if (stopped && *closable)
            *closable = feed_stop(feed, &failed);
        const struct feed_item *item = feed_take(feed, &ended);
        if (!item)
            continue;
        rc = take_item(r, feed, item);
        feed_release(feed);
    }
    if (*closable)
        *closable = feed_stop(feed, &failed);
    feed_destroy(feed);
    return rc == 0 && !stopped ? failed : rc; // a signal may cut a read short
}

// What is to be said of a file that was read, and what the next one has to go on from.
static void leave_file(struct log_reader *reader, const char *path, struct log_reader_options *options)
{
    if (log_reader_warning(reader)[0] != '\0')
        log_warning("%s: %s", path, log_reader_warning(reader));
    const struct log_part *part = log_reader_part(reader);
    if (options->after.number > 0 && !log_reader_goes_on(reader))
        log_warning("%s does not go on from the file before it: replayed as a log of its own", path);
    options->after = *part;
    log_reader_close(reader);
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
    bool closable = true;
    int rc = run_events(r, reader, &closable);
    if (rc != 0)
        log_error("%s: %s", path, strerror(-rc));
    if (closable)
        leave_file(reader, path, options);
    return rc;
}

static void say_balance(const struct replay *r)
{
    double recorded_s = r->first_tick_ns == INT64_MIN ? 0 : (double)(r->last_tick_ns - r->first_tick_ns) / 1e9;
    double took_s = (double)(clock_mono_ns() - r->started_ns) / 1e9;
    log_info("replayed %.1f s in %.2f s (%.0f x real time)", recorded_s, took_s,
             recorded_s / (took_s > 0 ? took_s : 1));
    run_say_balance(&r->last_status.counters);
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
    if (rc == 0)
        rc = history_keep_create(&r.history, options->state_dir);
    if (rc == 0)
        rc = assess_keep_create(&r.assess, options->state_dir);
    for (int i = 0; rc == 0 && exit_code == EX_OK && !stopped && i < options->n_replay; i++)
        rc = run_file(&r, options->replay[i], &reader_options, &exit_code);
    if (rc == 0)
        rc = end_pipeline(&r);
    if (rc == 0 && exit_code == EX_OK)
        say_balance(&r);
    pipeline_destroy(r.pipeline);
    keep_destroy(r.keep);
    history_keep_destroy(r.history);
    assess_keep_destroy(r.assess);
    if (run_close_emit(r.emit) != 0 && rc == 0)
        rc = -EIO;
    return rc == 0 ? exit_code : EXIT_FAILURE;
}
