// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/track_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define GRID_HZ          1000.0
#define FASTER_THAN_GRID 1.2   // a source this much faster is low-passed first
#define LOW_PASS_HZ      300.0 // of the 1 kHz grid: −3 dB; 4th-order Butterworth
#define STILL_SAMPLES    20
#define SEAM_PERIODS     0.25 // instants that jump by more are not interpolated across as one piece
#define TORN_MOST_NS     1e9  // a longer hole says no more

// Quality factors of a fourth-order Butterworth's two sections.
static const double butterworth4_q[2] = {0.54119610014619698, 1.3065629648763766};

// The counts from which a value is at full scale: this or more, or less than its negative. Of a floating format nobody
// knows where it ends.
static double full_scale(const struct source_desc *d)
{
    if (d->format != SAMPLE_INT16 && d->format != SAMPLE_INT32)
        return INFINITY;
    int whole = d->format == SAMPLE_INT16 ? 16 : 32;
    return ldexp(1, (d->bits > 0 && d->bits < whole ? d->bits : whole) - 1) - 1;
}

void track_open(struct track *t, const struct source_desc *desc, const struct align_params *params,
                int64_t not_before_ns)
{
    if (t->open)
        track_restart(t, not_before_ns);
    t->desc = *desc;
    t->open = true;
    t->full_scale = full_scale(desc);
    t->clock.start_s = params->start_s;
    t->clock.memory_s = params->clock_memory_s;
}

static void mount(const double m[9], const double v[3], float out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = (float)(m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2]);
}

// A sensor's own noise changes its counts. When they stay for longer than still_ns the sensor, its driver or its bus is
// stuck: what comes is no measurement.
static bool stands_still(struct track *t, const double raw[N_CHANNELS])
{
    int c = 0;
    while (c < N_CHANNELS && raw[c] == t->last_raw[c])
        c++;
    if (c < N_CHANNELS) {
        memcpy(t->last_raw, raw, sizeof t->last_raw);
        t->n_same = 0;
    } else if (t->n_same < INT_MAX) {
        t->n_same++;
    }
    return t->n_same >= STILL_SAMPLES && t->n_same * t->clock.fit.period_ns > (double)t->still_ns;
}

// No movement takes all three axes of a sensor to full scale at once; a bus that is stuck does.
static bool is_at_rails(unsigned clipped)
{
    return (clipped & CHANNELS_ACC) == CHANNELS_ACC || (clipped & CHANNELS_GYRO) == CHANNELS_GYRO;
}

// Scales and mounts. Without branches per channel: channels outside the mask are 0 throughout.
static void convert(const struct track *t, const double raw[N_CHANNELS], struct track_sample *out)
{
    const struct source_desc *d = &t->desc;
    double si[N_CHANNELS];
    unsigned clipped = 0, beyond = 0;
    for (int c = 0; c < N_CHANNELS; c++) {
        si[c] = (raw[c] + d->offset[c]) * d->scale[c];
        clipped |= (unsigned)((raw[c] >= t->full_scale) | (raw[c] < -t->full_scale)) << c;
        beyond |= (unsigned)!(fabs(si[c]) <= 1e6) << c; // what is not finite too
    }
    if (d->channel_mask != (CHANNELS_ACC | CHANNELS_GYRO))
        for (int c = 0; c < N_CHANNELS; c++)
            si[c] = d->channel_mask & (1U << c) ? si[c] : 0;
    clipped &= d->channel_mask;
    out->usable = (beyond & d->channel_mask) == 0 && !is_at_rails(clipped);
    out->acc_clipped = (clipped & CHANNELS_ACC) != 0;
    out->gyro_clipped = (clipped & CHANNELS_GYRO) != 0;
    if (!out->usable)
        return;
    mount(d->mount, si, out->value);
    mount(d->mount, si + 3, out->value + 3);
}

// Sources clearly faster than the grid would alias: a causal low-pass, its low-frequency delay taken off the stamps.
static void set_up_low_pass(struct track *t)
{
    double rate_hz = 1e9 / t->clock.fit.period_ns;
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

// Samples missing before the first after an interruption: that hole is a gap like any other.
static int missed_before(const struct track *t, const struct track_sample *last, int64_t time_ns)
{
    double periods = (double)(time_ns - last->time_ns) / t->clock.fit.period_ns;
    return periods > 1.5 ? (int)lround(fmin(periods - 1, 1e6)) : 0;
}

static int64_t larger_ns(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

// Instants went back, and what came until they had caught up is lost, though no instant is without a sample: the body
// has moved on between two neighbours. The rooms behind must see that something is missing, so as much again is left
// out.
static int64_t torn_until_ns(const struct track *t, const struct track_sample *last)
{
    return last ? last->time_ns + (int64_t)fmin(t->torn * t->clock.fit.period_ns, TORN_MOST_NS) : INT64_MIN;
}

// Gives a sample of history its instant and its place there. False when it is not to be kept: it is not a number, does
// not advance, or comes too late for the grid.
static bool place(struct track *t, uint64_t from, uint64_t to, struct clock_sample when, int64_t not_before_ns)
{
    const struct track_sample *last = to > 0 ? track_sample(t, to - 1) : NULL;
    struct track_sample *sample = track_sample(t, from);
    if (t->resumes && last)
        when.missed = missed_before(t, last, when.time_ns);
    t->resumes = false;
    if (when.missed > 0) {
        t->gaps++;
        t->missed += (uint32_t)when.missed;
        t->filter_settled = false;
    }
    sample->time_ns = when.time_ns;
    sample->missed = when.missed + t->pending_missed;
    if (sample->acc_clipped || sample->gyro_clipped)
        t->saturated++;
    if (!sample->usable) {
        t->pending_missed = sample->missed + 1;
        return false;
    }
    if (t->low_passed)
        low_pass(t, sample);
    if (last && sample->time_ns <= last->time_ns) {
        t->torn++;
        return false;
    }
    if (sample->time_ns < larger_ns(not_before_ns, torn_until_ns(t, last))) {
        t->pending_missed = sample->missed + 1;
        return false;
    }
    t->pending_missed = t->torn = 0;
    double periods = last ? (double)(sample->time_ns - last->time_ns) / t->clock.fit.period_ns : 1;
    bool broken = !last || fabs(periods - 1) > SEAM_PERIODS; // missing samples make a seam, too
    sample->unbroken = broken ? 0 : (uint8_t)(last->unbroken < 3 ? last->unbroken + 1 : 3);
    if (from != to)
        *track_sample(t, to) = *sample;
    return true;
}

// The oldest n waiting samples of history have got their instants; those that are not kept are taken out.
static void settle(struct track *t, const struct clock_sample *when, int n, int64_t not_before_ns)
{
    if (t->clock.standing && !t->started) {
        t->started = t->resumes = true;
        set_up_low_pass(t);
    }
    uint64_t from = track_placed(t) - (uint64_t)n, to = from;
    for (int i = 0; i < n; i++, from++) {
        if (!when[i].dropped && place(t, from, to, when[i], not_before_ns))
            to++;
        else
            t->invalid++;
    }
    for (; to < from && from < t->head; from++)
        *track_sample(t, to++) = *track_sample(t, from);
    t->head -= from - to;
    if (!t->clock.standing) {
        t->started = t->low_passed = t->filter_settled = false;
        t->pending_missed = 0;
    }
}

static void flush(struct track *t, int64_t not_before_ns)
{
    struct clock_sample when[CLOCK_START_MAX];
    struct clock_hint hint = chip_hint(t->chip, &t->clock);
    int n = clock_flush(&t->clock, &hint, when);
    settle(t, when, n, not_before_ns);
}

void track_restart(struct track *t, int64_t not_before_ns)
{
    flush(t, not_before_ns);
    clock_reset(&t->clock);
    settle(t, NULL, 0, INT64_MIN);
    t->n_same = 0;
    t->stands_still = false;
}

void track_finish(struct track *t)
{
    flush(t, INT64_MIN);
}

void track_push(struct track *t, const struct raw_block *block, int64_t not_before_ns)
{
    struct clock_sample when[CLOCK_START_MAX];
    t->in += block->n;
    for (int i = 0; i < block->n; i++) {
        struct track_sample *sample = track_sample(t, t->head++);
        convert(t, block->value[i], sample);
        t->stands_still = stands_still(t, block->value[i]);
        sample->usable = sample->usable && !t->stands_still;
        struct clock_hint hint = chip_hint(t->chip, &t->clock);
        int n = clock_push(&t->clock, block->stamp_ns[i], &hint, when);
        settle(t, when, n, not_before_ns);
    }
    // align's deadlines keep this from happening; without it a grid that stands still would read overwritten samples.
    if (t->head - t->cursor > TRACK_HISTORY - CLOCK_START_MAX)
        t->cursor = t->head - TRACK_HISTORY / 2;
}

int64_t track_ready_ns(const struct track *t, bool last)
{
    uint64_t placed = track_placed(t);
    if (last)
        return placed > 0 ? track_sample_const(t, placed - 1)->time_ns : INT64_MIN;
    if (!t->started)
        return t->clock.n_waiting > 0 ? t->clock.waiting_ns[0] : INT64_MIN;
    return placed > 1 ? track_sample_const(t, placed - 2)->time_ns : INT64_MIN;
}

int64_t track_last_ns(const struct track *t)
{
    const struct clock_model *c = &t->clock;
    if (!t->started)
        return c->n_waiting > 0 ? c->waiting_ns[c->n_waiting - 1] : INT64_MIN;
    return track_placed(t) > 0 ? track_sample_const(t, track_placed(t) - 1)->time_ns : INT64_MIN;
}

int64_t track_next_ns(const struct track *t)
{
    uint64_t next = t->cursor == 0 ? 0 : t->cursor + 1;
    if (next < track_placed(t))
        return track_sample_const(t, next)->time_ns;
    return !t->started && t->clock.n_waiting > 0 ? t->clock.waiting_ns[0] : INT64_MAX;
}

uint64_t track_held(const struct track *t)
{
    return t->head > t->cursor + 1 ? t->head - t->cursor - 1 : 0;
}
