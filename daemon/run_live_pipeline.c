// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_live.h"

#include "core/clock.h"
#include "core/rt.h"

#include <string.h>

#define TICK_NS (NS_PER_S / 10)

static void remember(struct live *l, const struct log_event *event)
{
    if (event->kind == LOG_SOURCE && event->source < MAX_SOURCES) {
        l->desc[event->source] = *event->desc;
        l->has_desc[event->source] = true;
    } else if (event->kind == LOG_DEVICE && event->device->site < N_SITES && event->device->state != DEVICE_DROPPED) {
        int slot = device_slot(event->device);
        l->device[slot] = *event->device;
        l->has_device[slot] = true;
        if (slot < MAX_SOURCES)
            l->has_device[MAX_SOURCES + event->device->site] = false; // it has a source now
        if (event->device->state == DEVICE_RUNNING)
            atomic_fetch_or(&l->running, SITE_BIT(event->device->site));
        else
            atomic_fetch_and(&l->running, ~SITE_BIT(event->device->site));
    }
}

// How late it is, before anything is done with it.
static void measure(struct live *l, const struct log_event *event)
{
    if (event->kind == LOG_TICK) {
        rt_figures_tick(&l->figures, event->tick.mono_ns, TICK_NS);
    } else if (event->kind == LOG_BLOCK && event->block->n > 0 && event->source < MAX_SOURCES) {
        const struct raw_block *block = event->block;
        rt_figures_block(&l->figures, clock_mono_ns(), block->arrival_ns, block->stamp_ns[block->n - 1],
                         l->desc[event->source].site);
    } else if (event->kind == LOG_DEVICE && event->device->state == DEVICE_DROPPED) {
        rt_figures_dropped(&l->figures, event->device->n_dropped);
    }
}

// A later part of the recording begins with it.
static void tell_calibration(struct live *l, const struct output *output)
{
    const struct calibration_result *result = &output->calibration;
    if (!l->recorder || output->stream != STREAM_CALIBRATION || result->changes == l->calibration_changes)
        return;
    l->calibration_changes = result->changes;
    recorder_set_calibration(l->recorder, result->calibrated ? &result->now : NULL);
}

static void publish_outputs(struct live *l)
{
    const struct output *output;
    while ((output = pipeline_pull(l->pipeline)) != NULL) {
        keep_watch(l->keep, output);
        assess_keep_watch(l->assess, output);
        hook_watch(l->hook, output);
        tell_calibration(l, output);
        if (output->stream == STREAM_STATUS)
            l->counters = output->status.counters;
        publisher_push(l->publisher, output);
    }
}

static void push(struct live *l, const struct log_event *event)
{
    if (l->recorder)
        recorder_push(l->recorder, event);
    if (event->kind == LOG_COMMAND)
        assess_keep_command(l->assess, event->command);
    pipeline_push(l->pipeline, event);
    publish_outputs(l);
}

static void open_log(struct live *l)
{
    push(l, &(struct log_event){.kind = LOG_SETTINGS, .source = SOURCE_NONE, .settings = l->text});
    const struct calibration *calibration = keep_opening(l->keep);
    if (calibration)
        push(l, &(struct log_event){.kind = LOG_CALIBRATION, .source = SOURCE_NONE, .calibration = calibration});
    const struct runner_history *history = history_keep_opening(l->history);
    if (history)
        push(l, &(struct log_event){.kind = LOG_HISTORY, .source = SOURCE_NONE, .history = history});
    struct command opening[2];
    int n_opening = session_keep_opening(l->session, opening);
    for (int i = 0; i < n_opening; i++)
        push(l, &(struct log_event){.kind = LOG_COMMAND, .source = SOURCE_NONE, .command = &opening[i]});
    for (uint16_t i = 0; i < MAX_SOURCES; i++)
        if (l->has_desc[i])
            push(l, &(struct log_event){.kind = LOG_SOURCE, .source = i, .desc = &l->desc[i]});
    for (int i = 0; i < DEVICE_SLOTS; i++)
        if (l->has_device[i])
            push(l, &(struct log_event){.kind = LOG_DEVICE, .source = l->device[i].source, .device = &l->device[i]});
}

// Takes over another runner's history and hands over what was found of this one.
static void follow_runner(struct live *l)
{
    uint32_t changes;
    const struct runner_history *other = history_keep_take(l->history);
    if (other)
        push(l, &(struct log_event){.kind = LOG_HISTORY, .source = SOURCE_NONE, .history = other});
    const struct runner_history *history = pipeline_history(l->pipeline, &changes);
    history_keep_watch(l->history, history, changes);
}

static void *pipeline_main(void *arg)
{
    struct live *l = arg;
    struct log_event event;
    l->calibration_changes = 0;
    open_log(l);
    while (acquire_next(l->acquire, &event) > 0) {
        remember(l, &event);
        measure(l, &event);
        push(l, &event);
        if (event.kind == LOG_COMMAND)
            session_keep_watch(l->session, event.command);
        if (event.kind == LOG_TICK)
            follow_runner(l);
        while (l->has_command || (l->has_command = publisher_take_command(l->publisher, &l->command))) {
            if (!acquire_put_command(l->acquire, &l->command))
                break; // the intake's queue is full: it goes in after the next event
            l->has_command = false;
        }
        atomic_store(&l->turned_ns, clock_mono_ns());
    }
    pipeline_finish(l->pipeline);
    publish_outputs(l);
    history_keep_close(l->history, pipeline_history(l->pipeline, NULL));
    return NULL;
}

int live_start_pipeline(struct live *l)
{
    const struct rt_thread_options options = {
        .name = "pipeline", .fifo_priority = l->pipeline_priority, .real_time = true};
    pipeline_tap_frames(l->pipeline, publisher_frames(l->publisher));
    atomic_store(&l->turned_ns, clock_mono_ns());
    rt_figures_begin(&l->figures, clock_mono_ns());
    bool fifo;
    int rc = rt_thread_start(&l->thread, &options, pipeline_main, l, &fifo);
    atomic_store(&l->figures.fifo, fifo);
    l->threaded = rc == 0;
    return rc;
}

void live_stop_pipeline(struct live *l)
{
    if (!l->threaded)
        return;
    acquire_stop_intake(l->acquire);
    pthread_join(l->thread, NULL);
    l->threaded = false;
    keep_settle(l->keep);
    history_keep_settle(l->history);
    assess_keep_settle(l->assess);
}
