// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/align_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_NS        (FRAME_BLOCK_LEN * FRAME_PERIOD_NS)
#define START_WAIT_NS   INT64_C(1500000000) // a source whose clock is starting is waited for this long
#define LAG_PERIODS     4                   // a slow source is by nature this many of its periods late
#define TICK_NEAR_NS    INT64_C(5000000000) // ticks count as "now" only when they and the stamps share a clock
#define FINE_BITS       14
#define STILL_NS        INT64_C(100000000)
#define STILL_COARSE_NS INT64_C(5000000000)
#define SKIP_NS         INT64_C(1000000000) // a hole in all sources longer than this is jumped over

int align_create(struct align **out, const struct align_params *params)
{
    struct align *a = *out = calloc(1, sizeof *a);
    if (!a)
        return -ENOMEM;
    a->params = *params;
    a->tick_ns = INT64_MIN;
    for (int i = 0; i < MAX_SOURCES; i++) {
        a->track[i].history = calloc(TRACK_HISTORY, sizeof *a->track[i].history);
        if (!a->track[i].history) {
            align_destroy(a);
            *out = NULL;
            return -ENOMEM;
        }
    }
    return 0;
}

void align_destroy(struct align *a)
{
    if (!a)
        return;
    for (int i = 0; i < MAX_SOURCES; i++)
        free(a->track[i].history);
    free(a);
}

// Sources of one chip share an oscillator; a source that names none has its own.
static void share_chips(struct align *a)
{
    for (int i = 0; i < MAX_SOURCES; i++)
        a->chip[i].n = 0;
    for (int i = 0; i < MAX_SOURCES; i++) {
        struct track *t = &a->track[i];
        if (!t->open)
            continue;
        int first = i;
        for (int j = 0; j < i && first == i; j++)
            if (t->desc.chip[0] != '\0' && a->track[j].open && strcmp(a->track[j].desc.chip, t->desc.chip) == 0)
                first = j;
        struct chip *chip = &a->chip[first];
        t->chip = chip;
        t->clock.nominal = chip_ratio(t->desc.rate_hz, a->track[first].desc.rate_hz);
        chip->half[chip->n++] = &t->clock;
    }
}

// A gyro's noise is more than a count, so an IMU never stands still; a coarse accelerometer may, on a body at rest.
static void set_patience(struct align *a)
{
    uint32_t with_gyro = 0;
    for (int i = 0; i < MAX_SOURCES; i++)
        if (a->track[i].open && a->track[i].desc.channel_mask & CHANNELS_GYRO)
            with_gyro |= SITE_BIT(a->track[i].desc.site);
    for (int i = 0; i < MAX_SOURCES; i++) {
        struct track *t = &a->track[i];
        bool fine = (t->desc.format == SAMPLE_INT16 || t->desc.format == SAMPLE_INT32) &&
                    (t->desc.bits == 0 || t->desc.bits >= FINE_BITS);
        t->still_ns = fine && with_gyro & SITE_BIT(t->desc.site) ? STILL_NS : STILL_COARSE_NS;
    }
}

// The grid has passed what is earlier, but for what the interpolation still looks at.
static int64_t earliest_useful_ns(const struct align *a)
{
    return a->grid_started ? a->next_index * FRAME_PERIOD_NS - BLOCK_NS : INT64_MIN;
}

void align_set_source(struct align *a, uint16_t source, const struct source_desc *desc)
{
    if (source >= MAX_SOURCES || desc->site >= N_SITES)
        return;
    a->n_slots = source >= a->n_slots ? source + 1 : a->n_slots;
    track_open(&a->track[source], desc, &a->params, earliest_useful_ns(a));
    share_chips(a);
    set_patience(a);
}

void align_push_block(struct align *a, const struct raw_block *block)
{
    if (block->source >= MAX_SOURCES || !a->track[block->source].open || block->n == 0 || block->n > RAW_BLOCK_MAX)
        return;
    track_push(&a->track[block->source], block, earliest_useful_ns(a));
}

void align_push_device(struct align *a, const struct device_event *event)
{
    if (event->site >= N_SITES)
        return;
    if (event->state == DEVICE_DROPPED) {
        if (event->source < MAX_SOURCES)
            a->track[event->source].dropped += event->n_dropped;
        return;
    }
    int slot = device_slot(event);
    a->device[slot].known = true;
    a->device[slot].site = event->site;
    a->device[slot].state = event->state;
    snprintf(a->device[slot].reason, REASON_MAX, "%s", event->reason);
    if (event->source < MAX_SOURCES)
        a->device[MAX_SOURCES + event->site].known = false; // it has a source now
    if (event->state == DEVICE_LOST && event->source < MAX_SOURCES && a->track[event->source].open)
        track_restart(&a->track[event->source], earliest_useful_ns(a));
}

void align_push_tick(struct align *a, int64_t mono_ns)
{
    a->tick_ns = mono_ns;
}

void align_finish(struct align *a)
{
    a->finished = true;
    for (int i = 0; i < MAX_SOURCES; i++)
        if (a->track[i].open)
            track_finish(&a->track[i]);
}

static bool is_near_tick(const struct align *a, int64_t last)
{
    return a->tick_ns != INT64_MIN && last != INT64_MIN && llabs(last - a->tick_ns) < TICK_NEAR_NS;
}

// The newest of some sources' samples: of those whose clock stands, and of those that are starting.
struct newest {
    int64_t started, starting;
};

static void add_newest(struct newest *newest, const struct track *t, int64_t last)
{
    int64_t *of = t->started ? &newest->started : &newest->starting;
    *of = last > *of ? last : *of;
}

// "Now", and whether any source is near the ticks: then one that is far from them runs on another clock (or stopped
// long ago) and must neither be waited for nor make the others look late.
static int64_t look_around(const struct align *a, bool *any_near)
{
    struct newest all = {INT64_MIN, INT64_MIN}, near = all;
    *any_near = false;
    for (int i = 0; i < a->n_slots; i++) {
        const struct track *t = &a->track[i];
        if (!t->open)
            continue;
        int64_t last = track_last_ns(t);
        add_newest(&all, t, last);
        if (is_near_tick(a, last)) {
            add_newest(&near, t, last);
            *any_near = true;
        }
    }
    const struct newest *of = *any_near ? &near : &all;
    int64_t newest = of->started != INT64_MIN ? of->started : of->starting;
    // After the end nothing more can come: the newest sample is "now", however late the last tick was.
    bool same_clock = !a->finished && newest != INT64_MIN && a->tick_ns > newest && a->tick_ns - newest < TICK_NEAR_NS;
    return same_clock ? a->tick_ns : newest;
}

static bool is_off_clock(const struct align *a, const struct track *t, bool any_near)
{
    return any_near && !is_near_tick(a, track_last_ns(t));
}

int64_t align_now_ns(const struct align *a)
{
    bool any_near;
    return look_around(a, &any_near);
}

int64_t align_longest_wait_ns(const struct align *a, const struct track *t)
{
    int64_t deadline = (int64_t)(a->params.deadline_ms * 1e6);
    if (!t->started)
        return START_WAIT_NS;
    return deadline + (int64_t)(LAG_PERIODS * t->clock.fit.period_ns);
}

// Up to which instant every source that is waited for can be interpolated; INT64_MIN when there is nothing to do, which
// is so as soon as one of them is not ready up to wanted_ns. At the end too: the last milliseconds, in which some sites
// have stopped already, would only be full of holes.
static int64_t watermark_ns(const struct align *a, int64_t now, bool any_near, int64_t wanted_ns)
{
    int64_t mark = INT64_MAX;
    bool any_started = false;
    if (now == INT64_MIN) // no clock stands, and none is starting
        return INT64_MIN;
    for (int i = 0; i < a->n_slots; i++) {
        const struct track *t = &a->track[i];
        if (!t->open || t->head == 0 || is_off_clock(a, t, any_near))
            continue;
        int64_t ready = track_ready_ns(t, a->finished);
        if (ready == INT64_MIN || now - ready > align_longest_wait_ns(a, t)) // lost, or too late to be waited for
            continue;
        if (ready < wanted_ns)
            return INT64_MIN;
        any_started = any_started || t->started;
        if (ready < mark)
            mark = ready;
    }
    return any_started ? mark : INT64_MIN;
}

static int64_t floor_block(int64_t ns)
{
    int64_t index = ns / FRAME_PERIOD_NS;
    index -= ns < 0 && ns % FRAME_PERIOD_NS != 0;
    int64_t block = index / FRAME_BLOCK_LEN;
    block -= index < 0 && index % FRAME_BLOCK_LEN != 0;
    return block * FRAME_BLOCK_LEN;
}

static int64_t earliest_data_ns(const struct align *a, bool any_near)
{
    int64_t earliest = INT64_MAX;
    for (int i = 0; i < a->n_slots; i++)
        if (a->track[i].open && !is_off_clock(a, &a->track[i], any_near)) {
            int64_t next = track_next_ns(&a->track[i]);
            if (next < earliest)
                earliest = next;
        }
    return earliest;
}

static int64_t last_frame_of_next_ns(const struct align *a)
{
    return (a->next_index + FRAME_BLOCK_LEN - 1) * FRAME_PERIOD_NS;
}

static void fill_source(struct align *a, struct track *t, struct frame_block *block)
{
    struct site_frames *site = &block->site[t->desc.site];
    bool acc = t->desc.channel_mask & CHANNELS_ACC, gyro = t->desc.channel_mask & CHANNELS_GYRO;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        float value[N_CHANNELS];
        int flags = track_at(t, (block->first_index + f) * FRAME_PERIOD_NS, a->params.max_bridged, value);
        if (flags < 0)
            continue;
        if (acc) {
            memcpy(site->acc[f], value + CH_ACC_X, sizeof site->acc[f]);
            flags |= FRAME_ACC;
        }
        if (gyro) {
            memcpy(site->gyro[f], value + CH_GYRO_X, sizeof site->gyro[f]);
            flags |= FRAME_GYRO;
        }
        site->valid[f] |= (uint8_t)flags;
    }
}

bool align_pull(struct align *a, struct frame_block *block)
{
    bool any_near;
    int64_t now = look_around(a, &any_near), wanted = a->grid_started ? last_frame_of_next_ns(a) : INT64_MIN;
    int64_t mark = watermark_ns(a, now, any_near, wanted);
    if (mark == INT64_MIN)
        return false;
    if (!a->grid_started) {
        int64_t first = earliest_data_ns(a, any_near);
        if (first == INT64_MAX)
            return false;
        a->next_index = floor_block(first);
        a->grid_started = true;
    }
    int64_t last_frame_ns = last_frame_of_next_ns(a);
    if (mark < last_frame_ns)
        return false;
    int64_t earliest = earliest_data_ns(a, any_near);
    if (earliest != INT64_MAX && earliest - last_frame_ns > SKIP_NS) {
        int64_t skipped_to = floor_block(earliest);
        if (mark < skipped_to * FRAME_PERIOD_NS + BLOCK_NS - FRAME_PERIOD_NS)
            return false;
        a->next_index = skipped_to;
        last_frame_ns = last_frame_of_next_ns(a);
    }
    memset(block, 0, sizeof *block);
    block->first_index = a->next_index;
    block->newest_stamp_ns = last_frame_ns;
    for (int i = 0; i < a->n_slots; i++) {
        struct track *t = &a->track[i];
        if (!t->open)
            continue;
        uint32_t bit = SITE_BIT(t->desc.site), acc = t->desc.channel_mask & CHANNELS_ACC;
        block->worn |= t->head > 0 ? bit : 0;
        block->axes_missing |= acc && acc != CHANNELS_ACC ? bit : 0;
        fill_source(a, t, block);
    }
    a->next_index += FRAME_BLOCK_LEN;
    a->frames += FRAME_BLOCK_LEN;
    return true;
}
