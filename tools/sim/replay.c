// SPDX-License-Identifier: GPL-3.0-or-later
// The feed of a recording: its sources become devices, its samples come at their stamps' distances. The file is read as
// far as the device that asks needs; what it holds for the others meanwhile waits in queues.
#include "sim/feed_private.h"

#include "frames/log_event.h"
#include "record/log_reader.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD_EVENTS 2000 // in which every source must have shown itself
#define QUEUE_MAX         ((size_t)1 << 20)
#define FINE_ACC_SCALE    (1.0 / (1 << 20)) // for recordings in SI units: m/s² per count
#define FINE_GYRO_SCALE   (1.0 / (1 << 24)) // rad/s per count

struct queue {
    struct feed_sample *sample;
    size_t room, first, used;
};

struct replay {
    struct feed feed; // first
    struct log_reader *reader;
    int slot_device[MAX_SOURCES]; // device of the log's source slot, -1: none
    bool has_zero, at_end, counting[MAX_SOURCES];
    int64_t zero_ns; // the first stamp: scenario time 0
    struct queue queue[MAX_SOURCES];
};

static struct replay *replay_of(struct feed *feed)
{
    return (struct replay *)feed;
}

static bool push(struct queue *queue, const struct feed_sample *sample)
{
    if (queue->used == QUEUE_MAX) { // nobody reads this device: it loses its oldest
        queue->first = (queue->first + 1) % queue->room;
        queue->used--;
    }
    if (queue->used == queue->room) {
        size_t room = queue->room ? 2 * queue->room : 1024;
        struct feed_sample *larger = malloc(room * sizeof *larger);
        if (!larger)
            return false;
        for (size_t i = 0; i < queue->used; i++)
            larger[i] = queue->sample[(queue->first + i) % queue->room];
        free(queue->sample);
        *queue = (struct queue){.sample = larger, .room = room, .used = queue->used};
    }
    queue->sample[(queue->first + queue->used++) % queue->room] = *sample;
    return true;
}

static int32_t to_count(double value)
{
    return (int32_t)fmin(fmax(nearbyint(value), INT32_MIN), INT32_MAX);
}

static void take_block(struct replay *replay, int device, const struct raw_block *block)
{
    const struct source_desc *desc = &replay->feed.desc[device];
    for (int i = 0; i < block->n; i++) {
        struct feed_sample sample;
        if (!replay->has_zero) {
            replay->has_zero = true;
            replay->zero_ns = block->stamp_ns[i];
        }
        sample.t_ns = block->stamp_ns[i] - replay->zero_ns;
        for (int channel = 0; channel < N_CHANNELS; channel++) {
            double value = block->value[i][channel];
            sample.value[channel] = to_count(replay->counting[device] ? value : value / desc->scale[channel]);
        }
        if (!push(&replay->queue[device], &sample))
            replay->at_end = true;
    }
}

static void take_source(struct replay *replay, int slot, const struct source_desc *desc)
{

    if (slot < 0 || slot >= MAX_SOURCES || replay->slot_device[slot] >= 0 || replay->feed.n == MAX_SOURCES)
        return; // a source that changes later goes on under its first description
    int device = replay->feed.n++;
    replay->slot_device[slot] = device;
    struct source_desc *own = &replay->feed.desc[device];
    *own = *desc;
    replay->counting[device] = desc->format == SAMPLE_INT16 || desc->format == SAMPLE_INT32;
    for (int i = 0; !replay->counting[device] && i < N_CHANNELS; i++) {
        own->scale[i] = i < CH_GYRO_X ? FINE_ACC_SCALE : FINE_GYRO_SCALE;
        own->offset[i] = 0;
    }
    if (!replay->counting[device])
        own->format = SAMPLE_INT32;
    replay->feed.rates[device][0] = desc->rate_hz >= 1 ? (int)lrint(desc->rate_hz) : 0;
}

static bool read_event(struct replay *replay)
{
    struct log_event event;
    if (replay->at_end || log_reader_next(replay->reader, &event) <= 0) {
        replay->at_end = true;
        return false;
    }
    if (event.kind == LOG_SOURCE)
        take_source(replay, event.source, event.desc);
    else if (event.kind == LOG_BLOCK && event.block->source < MAX_SOURCES &&
             replay->slot_device[event.block->source] >= 0)
        take_block(replay, replay->slot_device[event.block->source], event.block);
    return true;
}

static const struct feed_sample *head(struct feed *feed, int i)
{
    struct replay *replay = replay_of(feed);
    struct queue *queue = &replay->queue[i];
    while (queue->used == 0 && read_event(replay))
        ;
    return queue->used ? &queue->sample[queue->first] : NULL;
}

static int64_t replay_next_ns(struct feed *feed, int i)
{
    const struct feed_sample *sample = head(feed, i);
    return sample ? sample->t_ns : FEED_END;
}

static bool replay_pull(struct feed *feed, int i, struct feed_sample *sample)
{
    const struct feed_sample *first = head(feed, i);
    if (!first)
        return false;
    *sample = *first;
    struct queue *queue = &replay_of(feed)->queue[i];
    queue->first = (queue->first + 1) % queue->room;
    queue->used--;
    return true;
}

static uint64_t replay_skip(struct feed *feed, int i, int64_t t_ns)
{
    struct feed_sample sample;
    uint64_t n = 0;
    while (replay_next_ns(feed, i) < t_ns && replay_pull(feed, i, &sample))
        n++;
    return n;
}

static int replay_set_rate(struct feed *feed, int i, int rate_hz) // the only one offered: its own
{
    (void)feed;
    (void)i;
    (void)rate_hz;
    return 0;
}

static void replay_destroy(struct feed *feed)
{
    struct replay *replay = replay_of(feed);
    for (int i = 0; i < MAX_SOURCES; i++)
        free(replay->queue[i].sample);
    log_reader_close(replay->reader);
    free(replay);
}

static const struct feed_ops replay_ops = {replay_next_ns,  replay_pull, replay_skip,
                                           replay_set_rate, NULL,        replay_destroy};

int feed_from_recording(struct feed **out, const char *path, const struct fault_list *faults, char *error,
                        size_t error_size)
{
    struct replay *replay = calloc(1, sizeof *replay);
    *out = NULL;
    if (!replay) {
        snprintf(error, error_size, "out of memory");
        return -ENOMEM;
    }
    replay->feed.ops = &replay_ops;
    replay->feed.faults = faults;
    for (int i = 0; i < MAX_SOURCES; i++)
        replay->slot_device[i] = -1;
    int err = log_reader_open(&replay->reader, path, NULL, error, error_size);
    for (int i = 0; !err && i < LOOK_AHEAD_EVENTS && read_event(replay); i++)
        ;
    if (!err && replay->feed.n == 0) {
        snprintf(error, error_size, "%s: no source in it", path);
        err = -ENODATA;
    }
    if (err) {
        replay_destroy(&replay->feed);
        return err;
    }
    *out = &replay->feed;
    return 0;
}
