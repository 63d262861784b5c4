// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/track.h"

#include <math.h>
#include <string.h>

#define GRID_HZ          1000.0
#define FASTER_THAN_GRID 1.2   // a source this much faster is low-passed first
#define LOW_PASS_HZ      300.0 // of the 1 kHz grid: −3 dB; 4th-order Butterworth
#define START_SLOWEST_S  1.0   // a slow source starts with what it has by then
#define START_BACK_NS    INT64_C(250000000)
#define START_AHEAD_NS   INT64_C(1000000000)

// Quality factors of a fourth-order Butterworth's two sections.
static const double butterworth4_q[2] = {0.54119610014619698, 1.3065629648763766};

static struct track_sample *at(struct track *t, uint64_t index)
{
    return &t->history[index % TRACK_HISTORY];
}

static const struct track_sample *at_const(const struct track *t, uint64_t index)
{
    return &t->history[index % TRACK_HISTORY];
}

void track_open(struct track *t, const struct source_desc *desc, const struct align_params *params)
{
    t->desc = *desc;
    t->open = true;
    t->start_s = params->start_s;
    t->clock_memory_s = params->clock_memory_s;
    track_restart(t);
}

void track_restart(struct track *t)
{
    // Samples still waiting for a clock never got an instant.
    t->invalid += (uint64_t)t->n_start;
    t->head -= (uint64_t)t->n_start;
    t->n_start = 0;
    t->started = false;
    t->low_passed = false;
    t->filter_settled = false;
    t->pending_missed = 0;
}

static bool is_full_scale(const struct source_desc *d, double count)
{
    if (d->format == SAMPLE_INT16)
        return count >= 32767 || count <= -32768;
    if (d->format == SAMPLE_INT32)
        return count >= 2147483647.0 || count <= -2147483648.0;
    return false;
}

static void mount(const double m[9], const double v[3], float out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = (float)(m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2]);
}

// Scales and mounts; false when a value is not a number.
static bool convert(struct track *t, const double raw[N_CHANNELS], struct track_sample *out)
{
    const struct source_desc *d = &t->desc;
    double si[N_CHANNELS] = {0};
    out->saturated = false;
    for (int c = 0; c < N_CHANNELS; c++) {
        if (!(d->channel_mask & (1U << c)))
            continue;
        si[c] = (raw[c] + d->offset[c]) * d->scale[c];
        if (!isfinite(si[c]) || fabs(si[c]) > 1e6)
            return false;
        out->saturated = out->saturated || is_full_scale(d, raw[c]);
    }
    mount(d->mount, si, out->value);
    mount(d->mount, si + 3, out->value + 3);
    return true;
}

// Sources clearly faster than the grid would alias: a causal low-pass, its low-frequency delay taken off the stamps.
static void set_up_low_pass(struct track *t)
{
    double rate_hz = 1e9 / t->clock.period_ns;
    t->low_passed = rate_hz > FASTER_THAN_GRID * GRID_HZ;
    t->filter_settled = false;
    t->filter_delay_ns = 0;
    if (!t->low_passed)
        return;
    double delay_s = 0;
    for (int s = 0; s < 2; s++) {
        t->section[s] = biquad_low_pass(rate_hz, LOW_PASS_HZ, butterworth4_q[s]);
        const struct biquad *c = &t->section[s];
        // Group delay at 0 Hz of a rational filter: n'/n of the numerator minus that of the denominator.
        double samples = (c->b1 + 2 * c->b2) / (c->b0 + c->b1 + c->b2) - (c->a1 + 2 * c->a2) / (1 + c->a1 + c->a2);
        delay_s += samples / rate_hz;
    }
    t->filter_delay_ns = llround(delay_s * 1e9);
}

static void low_pass(struct track *t, struct track_sample *sample)
{
    for (int c = 0; c < N_CHANNELS; c++) {
        double x = (double)sample->value[c];
        for (int s = 0; s < 2; s++) {
            if (!t->filter_settled)
                t->filter[c][s] = biquad_settled(&t->section[s], x);
            x = biquad_step(&t->section[s], &t->filter[c][s], x);
        }
        sample->value[c] = (float)x;
    }
    t->filter_settled = true;
    sample->time_ns -= t->filter_delay_ns;
}

// Gives a sample of history its instant. Those that do not advance, or come too late for the grid, are taken out again.
static bool place(struct track *t, uint64_t index, uint64_t to, struct clock_sample when, int64_t not_before_ns)
{
    struct track_sample sample = *at(t, index);
    sample.time_ns = when.time_ns;
    sample.missed = when.missed + t->pending_missed;
    if (when.missed > 0) {
        t->gaps++;
        t->missed += (uint32_t)when.missed;
    }
    if (t->low_passed) {
        if (when.missed > 0)
            t->filter_settled = false;
        low_pass(t, &sample);
    }
    bool first = to == 0;
    if ((!first && sample.time_ns <= at(t, to - 1)->time_ns) || sample.time_ns < not_before_ns) {
        t->invalid++;
        return false;
    }
    t->pending_missed = 0;
    if (sample.saturated)
        t->saturated++;
    *at(t, to) = sample;
    return true;
}

static void start_clock(struct track *t, int64_t not_before_ns)
{
    struct clock_sample when[CLOCK_START_MAX];
    if (!clock_start(&t->clock, t->start_stamp_ns, t->n_start, t->clock_memory_s, when)) {
        track_restart(t);
        return;
    }
    t->started = true;
    set_up_low_pass(t);
    uint64_t from = t->head - (uint64_t)t->n_start, to = from;
    if (from > 0) { // after an interruption: the hole before this start is a gap like any other
        double periods = (double)(when[0].time_ns - at(t, from - 1)->time_ns) / t->clock.period_ns;
        when[0].missed = periods > 1.5 ? (int)lround(fmin(periods - 1, 1e6)) : 0;
    }
    for (int i = 0; i < t->n_start; i++)
        if (place(t, from + (uint64_t)i, to, when[i], not_before_ns))
            to++;
    t->head = to;
    t->n_start = 0;
}

void track_finish_start(struct track *t)
{
    if (t->started)
        return;
    if (t->n_start >= 2)
        start_clock(t, INT64_MIN);
    else
        track_restart(t);
}

static bool start_is_long_enough(const struct track *t)
{
    int64_t span_ns = t->start_stamp_ns[t->n_start - 1] - t->start_stamp_ns[0];
    bool enough = t->n_start >= CLOCK_START_MIN && (double)span_ns >= t->start_s * 1e9;
    bool slow = t->n_start >= CLOCK_START_MIN / 2 && (double)span_ns >= START_SLOWEST_S * 1e9;
    return enough || slow || t->n_start == CLOCK_START_MAX;
}

static void push_sample(struct track *t, int64_t stamp_ns, const double raw[N_CHANNELS], int64_t not_before_ns)
{
    struct track_sample *slot = at(t, t->head);
    bool valid = convert(t, raw, slot);
    if (t->started) {
        struct clock_sample when = clock_step(&t->clock, stamp_ns);
        if (when.restart) {
            track_restart(t);
        } else if (!valid) {
            t->invalid++;
            t->pending_missed += 1 + when.missed;
            return;
        } else {
            if (place(t, t->head, t->head, when, not_before_ns))
                t->head++;
            return;
        }
    }
    // Starting (again): the sample waits in history for its instant.
    if (!valid) {
        t->invalid++;
        return;
    }
    if (t->n_start > 0 && (stamp_ns < t->start_stamp_ns[t->n_start - 1] - START_BACK_NS ||
                           stamp_ns > t->start_stamp_ns[t->n_start - 1] + START_AHEAD_NS)) {
        track_restart(t); // a clock that steps while it starts: begin with what comes now
        *at(t, t->head) = *slot;
    }
    t->start_stamp_ns[t->n_start++] = stamp_ns;
    t->head++;
    if (start_is_long_enough(t))
        start_clock(t, not_before_ns);
}

void track_push(struct track *t, const struct raw_block *block, int64_t not_before_ns)
{
    t->in += block->n;
    for (int i = 0; i < block->n; i++)
        push_sample(t, block->stamp_ns[i], block->value[i], not_before_ns);
    // align's deadlines keep this from happening; without it a grid that stands still would read overwritten samples.
    if (t->head - t->cursor > TRACK_HISTORY - CLOCK_START_MAX)
        t->cursor = t->head - TRACK_HISTORY / 2;
}

int64_t track_ready_ns(const struct track *t, bool last)
{
    uint64_t placed = t->head - (uint64_t)t->n_start;
    if (!t->started)
        return last ? (placed > 0 ? at_const(t, placed - 1)->time_ns : INT64_MIN)
                    : (t->n_start > 0 ? t->start_stamp_ns[0] : INT64_MIN);
    if (last)
        return placed > 0 ? at_const(t, placed - 1)->time_ns : INT64_MIN;
    return placed > 1 ? at_const(t, placed - 2)->time_ns : INT64_MIN;
}

int64_t track_last_ns(const struct track *t)
{
    if (!t->started)
        return t->n_start > 0 ? t->start_stamp_ns[t->n_start - 1] : INT64_MIN;
    return t->head > 0 ? at_const(t, t->head - 1)->time_ns : INT64_MIN;
}

int64_t track_next_ns(const struct track *t)
{
    uint64_t placed = t->head - (uint64_t)t->n_start, next = t->cursor == 0 ? 0 : t->cursor + 1;
    if (next < placed)
        return at_const(t, next)->time_ns;
    return t->n_start > 0 ? t->start_stamp_ns[0] : INT64_MAX;
}

uint64_t track_held(const struct track *t)
{
    return t->head > t->cursor + 1 ? t->head - t->cursor - 1 : 0;
}

// Through the four samples from index i on.
static void lagrange4(const struct track *t, uint64_t i, int64_t time_ns, float value[N_CHANNELS])
{
    double x[4], w[4];
    for (int k = 0; k < 4; k++)
        x[k] = (double)(at_const(t, i + (uint64_t)k)->time_ns - time_ns);
    for (int k = 0; k < 4; k++) {
        w[k] = 1;
        for (int j = 0; j < 4; j++)
            if (j != k)
                w[k] *= x[j] / (x[j] - x[k]);
    }
    for (int c = 0; c < N_CHANNELS; c++) {
        double sum = 0;
        for (int k = 0; k < 4; k++)
            sum += w[k] * (double)at_const(t, i + (uint64_t)k)->value[c];
        value[c] = (float)sum;
    }
}

// Are the four samples from index i on there, and of one unbroken piece?
static bool is_whole(const struct track *t, uint64_t i, uint64_t placed)
{
    if (i + 3 >= placed || t->head - i > TRACK_HISTORY)
        return false;
    for (uint64_t k = 1; k < 4; k++)
        if (at_const(t, i + k)->missed > 0)
            return false;
    return true;
}

static void linear(const struct track *t, uint64_t i, int64_t time_ns, float value[N_CHANNELS])
{
    const struct track_sample *a = at_const(t, i), *b = at_const(t, i + 1);
    float f = (float)((double)(time_ns - a->time_ns) / (double)(b->time_ns - a->time_ns));
    for (int c = 0; c < N_CHANNELS; c++)
        value[c] = a->value[c] + f * (b->value[c] - a->value[c]);
}

int track_at(struct track *t, int64_t time_ns, int max_bridged, float value[N_CHANNELS])
{
    uint64_t placed = t->head - (uint64_t)t->n_start;
    if (placed == 0)
        return -1;
    while (t->cursor + 1 < placed && at(t, t->cursor + 1)->time_ns <= time_ns)
        t->cursor++;
    uint64_t i = t->cursor;
    const struct track_sample *before = at(t, i);
    if (before->time_ns > time_ns)
        return -1;
    if (before->time_ns == time_ns) {
        memcpy(value, before->value, sizeof before->value);
        return before->saturated ? FRAME_ACC_CLIPPED | FRAME_GYRO_CLIPPED : 0;
    }
    if (i + 1 >= placed)
        return -1;
    const struct track_sample *after = at(t, i + 1);
    if (after->missed > max_bridged)
        return -1;
    // Centred where possible; beside a hole and at the end one-sided, but only over samples of the same piece.
    if (i >= 1 && is_whole(t, i - 1, placed))
        lagrange4(t, i - 1, time_ns, value);
    else if (i >= 2 && is_whole(t, i - 2, placed))
        lagrange4(t, i - 2, time_ns, value);
    else if (is_whole(t, i, placed))
        lagrange4(t, i, time_ns, value);
    else
        linear(t, i, time_ns, value);
    return (before->saturated || after->saturated ? FRAME_ACC_CLIPPED | FRAME_GYRO_CLIPPED : 0) |
           (after->missed > 0 ? FRAME_BRIDGED : 0);
}
