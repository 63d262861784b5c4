// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/recorder.h"

#include "core/ring.h"
#include "core/rt.h"
#include "record/recording.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_SLOTS       4096 // 13 sites at 1 kHz in blocks of ten: three seconds of a stalled disk
#define POLL_NS       (20 * 1000 * 1000L)
#define IDLE_POLL_NS  (100 * 1000 * 1000L)
#define N_METRICS     2048 // of the largest rate together, twenty seconds
#define METRICS_BYTES (8U << 20)

// A copy of an event with all that it points to, but the settings text and the history.
struct item {
    enum log_kind kind;
    uint16_t source;
    bool is_note, has_calibration;  // a note is no event: what calibration is in force
    unsigned long long lost_before; // events dropped since the item before this one
    union {
        const char *settings;
        const struct runner_history *history;
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
    struct text_queue *metrics;
    pthread_t thread;
    struct recording *recording; // the thread's, until joined
    atomic_bool stop, writing, begins;
    atomic_ullong dropped;
    pthread_mutex_t lock; // main's and the thread's
    struct recording_state state;
    enum recording_order order;
    const char *path; // of that order
    int result;       // of the last one

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
    case LOG_HISTORY:
        event.history = item->history;
        break;
    }
    return event;
}

static void write_item(struct recorder *recorder, const struct item *item)
{
    if (item->lost_before > 0)
        recording_put_hole(recorder->recording, item->lost_before);
    if (item->is_note) {
        recording_set_calibration(recorder->recording, item->has_calibration ? &item->calibration : NULL);
        return;
    }
    struct log_event event = event_of(item);
    recording_put(recorder->recording, &event);
}

static void write_metrics(struct recorder *recorder)
{
    int64_t t_ns;
    char *text;
    while ((text = text_queue_take(recorder->metrics, &t_ns)) != NULL) {
        recording_put_metric(recorder->recording, t_ns, text);
        free(text);
    }
}

static void show_state(struct recorder *recorder, bool order_done, int result)
{
    bool writing = recording_state(recorder->recording)->writing;
    atomic_store(&recorder->writing, writing);
    text_queue_open(recorder->metrics, writing || atomic_load(&recorder->begins));
    pthread_mutex_lock(&recorder->lock);
    uint32_t orders = recorder->state.orders + order_done;
    recorder->state = *recording_state(recorder->recording);
    recorder->state.orders = orders;
    if (order_done) {
        recorder->order = RECORDING_KEEP;
        recorder->result = result;
    }
    pthread_mutex_unlock(&recorder->lock);
}

static void carry_out(struct recorder *recorder)
{
    int rc = 0;
    pthread_mutex_lock(&recorder->lock);
    enum recording_order order = recorder->order;
    const char *path = recorder->path;
    pthread_mutex_unlock(&recorder->lock);
    if (order == RECORDING_START) {
        rc = recording_start(recorder->recording, path);
        atomic_store(&recorder->begins, false);
    } else if (order == RECORDING_STOP) {
        rc = recording_stop(recorder->recording);
    }
    show_state(recorder, order != RECORDING_KEEP, rc);
}

static void *run(void *arg)
{
    struct recorder *recorder = arg;
    for (;;) {
        bool last_round = atomic_load(&recorder->stop); // read before the ring: what was pushed by then is written
        const struct item *item;
        while ((item = ring_peek(recorder->ring)) != NULL) {
            write_item(recorder, item);
            ring_release(recorder->ring);
        }
        if (!atomic_load(&recorder->begins)) // else they wait for the file
            write_metrics(recorder);
        if (last_round)
            return NULL;
        recording_turn(recorder->recording);
        carry_out(recorder);
        nanosleep(&(struct timespec){.tv_nsec = atomic_load(&recorder->writing) ? POLL_NS : IDLE_POLL_NS}, NULL);
    }
}

static void free_recorder(struct recorder *recorder)
{
    recording_destroy(recorder->recording);
    text_queue_destroy(recorder->metrics);
    ring_destroy(recorder->ring);
    pthread_mutex_destroy(&recorder->lock);
    free(recorder);
}

int recorder_create(struct recorder **out, const struct record_params *params, const char *rig, bool begins)
{
    *out = NULL;
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return -ENOMEM;
    pthread_mutex_init(&recorder->lock, NULL);
    atomic_store(&recorder->begins, begins);
    int rc = recording_create(&recorder->recording, params, rig);
    if (rc == 0)
        rc = ring_create(&recorder->ring, sizeof(struct item), N_SLOTS);
    if (rc == 0)
        rc = text_queue_create(&recorder->metrics, N_METRICS, METRICS_BYTES);
    if (rc == 0) {
        const struct rt_thread_options options = {.name = "recorder"};
        text_queue_open(recorder->metrics, begins);
        rc = rt_thread_start(&recorder->thread, &options, run, recorder, NULL);
    }
    if (rc != 0)
        free_recorder(recorder);
    else
        *out = recorder;
    return rc;
}

static uint32_t give_order(struct recorder *recorder, enum recording_order order, const char *path)
{
    pthread_mutex_lock(&recorder->lock);
    recorder->order = order;
    recorder->path = path;
    uint32_t orders = recorder->state.orders;
    pthread_mutex_unlock(&recorder->lock);
    return orders;
}

int recorder_start(struct recorder *recorder, const char *path)
{
    uint32_t before = give_order(recorder, RECORDING_START, path);
    while (recorder_state(recorder).orders == before)
        nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    pthread_mutex_lock(&recorder->lock);
    int rc = recorder->result;
    pthread_mutex_unlock(&recorder->lock);
    return rc;
}

void recorder_order(struct recorder *recorder, enum recording_order order)
{
    (void)give_order(recorder, order, NULL);
}

struct text_queue *recorder_metrics(struct recorder *recorder)
{
    return recorder->metrics;
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
    case LOG_HISTORY:
        item->history = event->history;
        return true;
    }
    return false;
}

static bool push(struct recorder *recorder, const struct log_event *event)
{
    struct item *item = ring_reserve(recorder->ring);
    if (!item || !fill(item, event))
        return false;
    item->is_note = false;
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
    if (!atomic_load_explicit(&recorder->writing, memory_order_relaxed) &&
        (event->kind == LOG_BLOCK || event->kind == LOG_TICK))
        return; // nothing of what a recording would begin with
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

void recorder_set_calibration(struct recorder *recorder, const struct calibration *calibration)
{
    struct item *item = ring_reserve(recorder->ring);
    if (!item)
        return; // a later part begins without it; the recording has a hole here anyway
    item->is_note = true;
    item->lost_before = recorder->lost;
    recorder->lost = 0;
    item->has_calibration = calibration != NULL;
    if (calibration)
        item->calibration = *calibration;
    ring_commit(recorder->ring);
}

struct recording_state recorder_state(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    struct recording_state state = recorder->state;
    pthread_mutex_unlock(&recorder->lock);
    state.lost_events += atomic_load(&recorder->dropped);
    state.lost_metrics = text_queue_lost(recorder->metrics);
    return state;
}

int recorder_close(struct recorder *recorder)
{
    if (!recorder)
        return 0;
    atomic_store(&recorder->stop, true);
    pthread_join(recorder->thread, NULL);
    if (recorder->lost > 0) // the last events were lost: nothing came after them to say so
        recording_put_hole(recorder->recording, recorder->lost);
    int rc = recording_stop(recorder->recording);
    free_recorder(recorder);
    return rc;
}
