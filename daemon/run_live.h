// SPDX-License-Identifier: GPL-3.0-or-later
// What a live run consists of, for run_live*.c alone: main's thread starts, watches and ends it (run_live.c), the
// pipeline's thread turns events into outputs (run_live_pipeline.c), a reload swaps the configuration
// (run_live_reload.c).
#ifndef POISE_RUN_LIVE_H
#define POISE_RUN_LIVE_H

#include "assess_keep.h"
#include "core/rt_figures.h"
#include "history_keep.h"
#include "hook.h"
#include "keep.h"
#include "pipeline.h"
#include "record/recorder.h"
#include "run.h"
#include "session_keep.h"

#include <pthread.h>
#include <stdatomic.h>

struct live {
    const struct options *options;
    struct config *config;
    char *text; // effective settings
    struct acquire *acquire;
    struct pipeline *pipeline;
    struct keep *keep;
    struct publisher *publisher;
    struct recorder *recorder; // NULL: nowhere to record to
    struct session_keep *session;
    struct history_keep *history;
    struct assess_keep *assess;
    struct hook *hook;
    uint32_t calibration_changes; // of the pipeline's calibration, as the recorder knows it
    bool has_command;             // taken from the publisher, not yet by the intake
    struct command command;
    uint64_t said_lost; // events that the recording lost
    uint32_t orders;    // to the recorder, whose outcome was said
    FILE *emit;
    pthread_t thread;
    bool threaded;
    struct sample_counters counters; // as the last status had them
    int pipeline_priority;           // as at the start
    struct rt_figures figures;
    atomic_llong turned_ns;
    atomic_uint running; // SITE_BIT of the sites whose device delivers, for the status line
    // What the log said last of each source and device; a new pipeline begins with it.
    bool has_desc[MAX_SOURCES];
    struct source_desc desc[MAX_SOURCES];
    bool has_device[DEVICE_SLOTS];
    struct device_event device[DEVICE_SLOTS];
    char **retired; // texts of earlier settings: the recorder may still hold them
    size_t n_retired;
};

// Main's thread: starts the pipeline's, and stops it with all it was given worked through.
__attribute__((warn_unused_result)) int live_start_pipeline(struct live *live);
void live_stop_pipeline(struct live *live);

const char *live_subject(const struct live *live); // who runs, "" when not told

// SIGHUP. 0 when the daemon can go on, with the new configuration or, after an error, the old one.
__attribute__((warn_unused_result)) int live_reload(struct live *live);

#endif
