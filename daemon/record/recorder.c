// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/recorder.h"

#include "core/clock.h"
#include "core/ring.h"
#include "core/rt.h"
#include "record/log_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_SLOTS         4096 // 13 sites at 1 kHz in blocks of ten: three seconds of a stalled disk
#define POLL_NS         (20 * 1000 * 1000L)
#define FLUSH_PERIOD_NS NS_PER_S

// A copy of an event with all that it points to, but the settings text.
struct item {
    enum log_kind kind;
    uint16_t source;
    unsigned long long lost_before; // events dropped since the item before this one
    union {
        const char *settings;
        struct source_desc desc;
        struct raw_block block;
        struct device_event device;
        struct command command;
        struct calibration calibration;
        struct tick tick;
    };
};

struct recorder {
    struct ring *ring;
    pthread_t thread;
    struct log_writer *writer; // the thread's
    int first_error;           // the thread's, until joined
    atomic_bool stop;
    atomic_int error;
    atomic_ullong bytes, dropped;

    // The producer's: descriptions that found no place. A block must not be written under the description before.
    unsigned long long lost;
    uint32_t owed;
    struct source_desc owed_desc[MAX_SOURCES];
};

static struct log_event event_of(const struct item *item)
{
    struct log_event event = {.kind = item->kind, .source = item->source};
    switch (item->kind) {
    case LOG_SETTINGS:
        event.settings = item->settings;
        break;
    case LOG_SOURCE:
        event.desc = &item->desc;
        break;
    case LOG_BLOCK:
        event.block = &item->block;
        break;
    case LOG_TICK:
        event.tick = item->tick;
        break;
    case LOG_DEVICE:
        event.device = &item->device;
        break;
    case LOG_COMMAND:
        event.command = &item->command;
        break;
    case LOG_CALIBRATION:
        event.calibration = &item->calibration;
        break;
    }
    return event;
}

static void fail(struct recorder *recorder, int rc)
{
    if (rc != 0 && recorder->first_error == 0) {
        recorder->first_error = rc;
        atomic_store(&recorder->error, rc);
    }
}

static void write_item(struct recorder *recorder, const struct item *item)
{
    if (recorder->first_error != 0)
        return; // keeps draining, so that the pipeline sees a free ring
    if (item->lost_before > 0)
        fail(recorder, log_writer_put_hole(recorder->writer, item->lost_before));
    struct log_event event = event_of(item);
    int rc = recorder->first_error == 0 ? log_writer_put(recorder->writer, &event) : 0;
    if (rc == -EINVAL || rc == -ERANGE) { // this event alone cannot be written: a hole, not the end
        atomic_fetch_add_explicit(&recorder->dropped, 1, memory_order_relaxed);
        rc = log_writer_put_hole(recorder->writer, 1);
    }
    fail(recorder, rc);
    atomic_store_explicit(&recorder->bytes, log_writer_bytes(recorder->writer), memory_order_relaxed);
}

static void *run(void *arg)
{
    struct recorder *recorder = arg;
    int64_t flush_at = clock_mono_ns() + FLUSH_PERIOD_NS;
    for (;;) {
        bool last_round = atomic_load(&recorder->stop); // read before the ring: what was pushed by then is written
        const struct item *item;
        while ((item = ring_peek(recorder->ring)) != NULL) {
            write_item(recorder, item);
            ring_release(recorder->ring);
        }
        if (last_round)
            return NULL;
        if (recorder->first_error == 0 && clock_mono_ns() >= flush_at) {
            fail(recorder, log_writer_flush(recorder->writer)); // a crash costs a second, not 64 KiB of quiet events
            flush_at = clock_mono_ns() + FLUSH_PERIOD_NS;
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
}

int recorder_create(struct recorder **out, const char *path, char *error, size_t error_size)
{
    *out = NULL;
    int rc = -ENOMEM;
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        goto fail;
    rc = log_writer_open(&recorder->writer, path);
    if (rc != 0)
        goto fail;
    rc = ring_create(&recorder->ring, sizeof(struct item), N_SLOTS);
    if (rc != 0)
        goto fail;
    struct rt_thread_options options = {.name = "recorder"};
    rc = rt_thread_start(&recorder->thread, &options, run, recorder, NULL);
    if (rc != 0)
        goto fail;
    *out = recorder;
    return 0;
fail:
    snprintf(error, error_size, "%s: cannot record: %s", path, strerror(-rc));
    if (recorder) {
        log_writer_close(recorder->writer);
        ring_destroy(recorder->ring);
    }
    free(recorder);
    return rc;
}

static bool fill(struct item *item, const struct log_event *event)
{
    item->kind = event->kind;
    item->source = event->source;
    switch (event->kind) {
    case LOG_SETTINGS:
        item->settings = event->settings;
        return true;
    case LOG_SOURCE:
        item->desc = *event->desc;
        return true;
    case LOG_BLOCK: // only the part in use
        if (event->block->n > RAW_BLOCK_MAX)
            return false;
        memcpy(item->block.stamp_ns, event->block->stamp_ns, event->block->n * sizeof event->block->stamp_ns[0]);
        memcpy(item->block.value, event->block->value, event->block->n * sizeof event->block->value[0]);
        item->block.source = event->block->source;
        item->block.n = event->block->n;
        return true;
    case LOG_TICK:
        item->tick = event->tick;
        return true;
    case LOG_DEVICE:
        item->device = *event->device;
        return true;
    case LOG_COMMAND:
        item->command = *event->command;
        return true;
    case LOG_CALIBRATION:
        item->calibration = *event->calibration;
        return true;
    }
    return false;
}

static bool push(struct recorder *recorder, const struct log_event *event)
{
    struct item *item = ring_reserve(recorder->ring);
    if (!item || !fill(item, event))
        return false;
    item->lost_before = recorder->lost;
    recorder->lost = 0;
    ring_commit(recorder->ring);
    return true;
}

static void count_drop(struct recorder *recorder)
{
    recorder->lost++;
    atomic_fetch_add_explicit(&recorder->dropped, 1, memory_order_relaxed);
}

static void push_source(struct recorder *recorder, const struct log_event *event)
{
    recorder->owed &= ~(1U << event->source);
    if (push(recorder, event))
        return;
    count_drop(recorder);
    recorder->owed |= 1U << event->source;
    recorder->owed_desc[event->source] = *event->desc;
}

void recorder_push(struct recorder *recorder, const struct log_event *event)
{
    if (event->kind == LOG_SOURCE && event->source < MAX_SOURCES) {
        push_source(recorder, event);
        return;
    }
    if (event->kind == LOG_BLOCK && event->block->source < MAX_SOURCES) {
        uint16_t slot = event->block->source;
        struct log_event owed = {.kind = LOG_SOURCE, .source = slot, .desc = &recorder->owed_desc[slot]};
        if (recorder->owed >> slot & 1U) {
            if (!push(recorder, &owed)) {
                count_drop(recorder);
                return;
            }
            recorder->owed &= ~(1U << slot);
        }
    }
    if (!push(recorder, event))
        count_drop(recorder);
}

struct recorder_status recorder_status(const struct recorder *recorder)
{
    int error = atomic_load(&recorder->error);
    return (struct recorder_status){.writing = error == 0,
                                    .error = error,
                                    .bytes = atomic_load(&recorder->bytes),
                                    .dropped_events = atomic_load(&recorder->dropped)};
}

int recorder_close(struct recorder *recorder)
{
    if (!recorder)
        return 0;
    atomic_store(&recorder->stop, true);
    pthread_join(recorder->thread, NULL);
    if (recorder->lost > 0) // the last events were lost: nothing came after them to say so
        fail(recorder, log_writer_put_hole(recorder->writer, recorder->lost));
    fail(recorder, log_writer_close(recorder->writer));
    int rc = recorder->first_error;
    ring_destroy(recorder->ring);
    free(recorder);
    return rc;
}
