// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/breaths.h"

#include "breathing/blend.h"
#include "breathing/breath_chain.h"
#include "breathing/breath_filter.h"
#include "breathing/breath_history.h"
#include "breathing/coupling.h"
#include "breathing/hold.h"
#include "breathing/zigzag.h"
#include "dsp/stats.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE          8
#define CUT_PER_RATE   3.0
#define CUT_REST_HZ    1.0
#define CUT_UNKNOWN_HZ 1.2
#define CUT_PER_STRIDE 0.72
#define CUT_LEAST      1.05 // times the rate, whatever the stride
#define RATE_GUESS_HZ  0.25
#define HEIGHT         0.25F // of the amplitude: what makes an extremum
#define HEIGHT_MIN_DEG 0.15F
#define FIRST_S        4 // of signal before the first guess of the amplitude
#define FIRST_WINDOW_S 12
#define FIRST_EVERY    5    // samples
#define PATIENCE_S     40.0 // more than one of the slowest breaths
#define PATIENCE       6.0  // intervals
#define LEARNED        4    // breaths before holds are told
#define RESIDUE_S      6.0F
#define SINE           2.83F
#define RESIDUE_MAX    1.5F // root mean square of what the low-pass took, over that of a usual breath before it
#define BOTH_MIN_DEG   0.8F
#define ONE_MIN_DEG    0.5F
#define AGREE          1.5
#define LAG_REST_S     30 // how far back the spectrum's rate may be known
#define LAG_MOVING_S   15
#define TRUST_S        90 // a hold may silence the spectrum: how long what was known counts for it
#define GAIN_MIN       0.4

struct breaths {
    struct breath_filter filter;
    struct blend blend;
    struct breath_history x;
    struct zigzag zigzag;
    struct breath_chain chain;
    struct hold hold;
    struct coupling coupling;
    struct breaths_input input;           // the newest
    double own_hz, follow_hz, highest_hz; // by the intervals; for periods; for the low-pass. NaN: unknown
    int64_t start, out;                   // first and next sample of x
    int entry;                            // of the filter bank
    unsigned present;
    float first_amplitude, amplitude; // the amplitude in use, NaN: none yet
    float residue;                    // mean square
    float passes;                     // how much of a breath the low-pass leaves
    double rate_hz;                   // the spectrum's last that was known
    int64_t rate_at, trusted_at;      // -1: never
    struct breath queue[QUEUE];
    unsigned head, tail;
};

int breaths_create(struct breaths **out)
{
    struct breaths *b = *out = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    breath_filter_design(&b->filter);
    breaths_reset(b);
    return 0;
}

void breaths_destroy(struct breaths *b)
{
    free(b);
}

void breaths_reset(struct breaths *b)
{
    breath_filter_reset(&b->filter);
    blend_reset(&b->blend);
    memset(&b->x, 0, sizeof b->x);
    zigzag_reset(&b->zigzag);
    chain_reset(&b->chain);
    hold_reset(&b->hold);
    coupling_reset(&b->coupling);
    b->own_hz = b->follow_hz = b->highest_hz = b->rate_hz = (double)NAN;
    b->start = b->out = 0;
    b->entry = breath_filter_choose(&b->filter, 0, CUT_UNKNOWN_HZ);
    b->present = 0;
    b->first_amplitude = b->amplitude = NAN;
    b->residue = 1e-4F;
    b->passes = 1;
    b->rate_at = b->trusted_at = -1;
    b->head = b->tail = 0;
}

static void steer(struct breaths *b)
{
    const struct breaths_input *in = &b->input;
    double own = b->own_hz = 1 / chain_interval_s(&b->chain), said = in->rate_hz;
    if (isfinite(own) && isfinite(said)) {
        b->follow_hz = fmin(fmax(own, said / 2), 2 * said);
        b->highest_hz = fmax(b->follow_hz, said);
    } else {
        b->follow_hz = b->highest_hz = isfinite(own) ? own : said;
    }
    bool known = isfinite(b->highest_hz);
    double want = known ? fmax(CUT_REST_HZ, CUT_PER_RATE * b->highest_hz) : CUT_UNKNOWN_HZ;
    if (in->moving && in->stride_hz > 0) {
        double limit = fmax(CUT_PER_STRIDE * in->stride_hz, known ? CUT_LEAST * b->highest_hz : 0);
        want = known ? fmin(want, limit) : limit;
    }
    b->entry = breath_filter_choose(&b->filter, b->entry, want);
}

// 90th less 10th percentile of the last seconds.
static float guess_amplitude(const struct breaths *b, int64_t i)
{
    double copy[FIRST_WINDOW_S * BREATH_HZ / FIRST_EVERY];
    size_t n = 0;
    for (int64_t j = i; j >= b->start && n < sizeof copy / sizeof *copy; j -= FIRST_EVERY)
        copy[n++] = (double)history_at(&b->x, j);
    (void)median_in_place(copy, n); // sorts
    return (float)(copy[n - 1 - n / 10] - copy[n / 10]);
}

static void find_amplitude(struct breaths *b, int64_t i)
{
    float usual = chain_amplitude(&b->chain);
    if (!isfinite(usual)) {
        if (i - b->start <= FIRST_S * BREATH_HZ)
            b->first_amplitude = NAN;
        else if (i % FIRST_EVERY == 0)
            b->first_amplitude = guess_amplitude(b, i);
        usual = b->first_amplitude;
    }
    float least = b->input.any_unit ? FLT_MIN : HEIGHT_MIN_DEG / HEIGHT;
    b->amplitude = isfinite(usual) ? fmaxf(usual, least) : NAN;
}

static bool residue_is_small(const struct breaths *b)
{
    return sqrtf(b->residue) < RESIDUE_MAX * b->amplitude / b->passes / SINE;
}

// What is left of the gait hides breaths of people who move, and their two lengths look like an unequal one.
bool breaths_are_even(const struct breaths *b)
{
    return !b->input.moving && chain_is_even(&b->chain);
}

// The spectrum knows the rate, now or within its lag, and it is the breaths', now or on the average over its window.
// Breaths of very unequal length have no rate: any that they show will do, if they are even otherwise.
static bool spectrum_agrees(const struct breaths *b)
{
    int lag_s = b->input.moving ? LAG_MOVING_S : LAG_REST_S;
    if (b->rate_at < 0 || b->filter.n - b->rate_at > lag_s * BREATH_HZ)
        return false;
    double mean = 1 / chain_mean_interval_s(&b->chain, 2.0 * lag_s);
    if (fabs(log(b->own_hz / b->rate_hz)) < log(AGREE) || fabs(log(mean / b->rate_hz)) < log(AGREE))
        return true;
    return breaths_are_even(b) && chain_has_interval(&b->chain, 1 / b->rate_hz, AGREE, 2.0 * lag_s);
}

static bool is_breathing(const struct breaths *b)
{
    bool both = b->present == (FILTER_CHEST | FILTER_ABDOMEN);
    float least = b->input.any_unit ? 0 : both ? BOTH_MIN_DEG : ONE_MIN_DEG;
    return b->amplitude >= least && (!b->input.moving || residue_is_small(b)) && spectrum_agrees(b) &&
           blend_is_signed(&b->blend, b->input.sign_known);
}

// A breath was given out within these seconds.
static bool is_trusted(const struct breaths *b, double within_s)
{
    return b->trusted_at >= 0 && (double)(b->out - b->trusted_at) < within_s * BREATH_HZ;
}

static void give_out(struct breaths *b, const struct chain_breath *done, double next)
{
    coupling_breath(&b->coupling, done->middle, done->held);
    b->own_hz = 1 / chain_interval_s(&b->chain);
    if (isfinite(b->own_hz))
        b->passes = (float)fmax(breath_filter_gain(&b->filter, b->entry, b->own_hz), GAIN_MIN);
    if (!is_breathing(b))
        return;
    b->trusted_at = b->out;
    if (b->head - b->tail == QUEUE)
        b->tail++; // nobody pulls: the oldest goes
    b->queue[b->head++ % QUEUE] = (struct breath){
        .onset = done->onset,
        .end = done->end,
        .next = done->held ? (double)NAN : next,
        .middle = done->middle,
        .depth_deg = done->rise / b->passes,
    };
}

static void segment(struct breaths *b, int64_t i, float x)
{
    struct zigzag *z = &b->zigzag;
    struct chain_breath done;
    double next;
    switch (zigzag_step(z, i, x, HEIGHT * b->amplitude)) {
    case ZIGZAG_PEAK:
        if (chain_peak(&b->chain, &b->x, &z->top, b->amplitude, b->highest_hz, &done, &next))
            give_out(b, &done, next);
        break;
    case ZIGZAG_TROUGH: {
        const struct breath_chain *c = &b->chain;
        bool held = c->n > 0 && hold_overlaps(&b->hold, c->breath[c->n - 1].trough.at, z->trough.at);
        chain_trough(&b->chain, &z->trough, &z->top, b->amplitude, held);
        hold_learn(&b->hold, held);
        break;
    }
    case ZIGZAG_NONE:
        break;
    }
}

static void start_anew(struct breaths *b, int64_t from)
{
    b->start = from > b->start ? from : b->start;
    b->first_amplitude = NAN;
    chain_forget(&b->chain);
}

static void forget_when_nothing_comes(struct breaths *b, int64_t i)
{
    const struct breath_chain *c = &b->chain;
    if (c->n == 0 || c->n_amplitudes == 0 || b->hold.on)
        return;
    double usual = chain_interval_s(c), since_s = (double)(i - c->breath[c->n - 1].trough.at) / BREATH_HZ;
    if (since_s > fmax(PATIENCE_S, isfinite(usual) ? PATIENCE * usual : 0))
        start_anew(b, i - FIRST_WINDOW_S * BREATH_HZ);
}

// Nothing is measured: no breath and no hold across.
static void skip(struct breaths *b, int64_t i)
{
    zigzag_reset(&b->zigzag);
    chain_break(&b->chain);
    hold_skip(&b->hold, i);
    b->start = i + 1;
}

static float blend_in(struct breaths *b, int64_t i, const float y[2])
{
    struct blend_change change;
    double rate_hz = isfinite(b->follow_hz) ? b->follow_hz : RATE_GUESS_HZ;
    float x = blend_step(&b->blend, y, b->present, rate_hz, b->input.sign_known, &change);
    if (change.gain < 0) { // what were peaks are troughs now
        history_change(&b->x, change.gain, change.shift);
        zigzag_reset(&b->zigzag);
        chain_break(&b->chain);
    } else if (change.shift < 0 || change.shift > 0) {
        history_change(&b->x, 1, change.shift);
        zigzag_shift(&b->zigzag, change.shift);
        chain_shift(&b->chain, change.shift);
    }
    b->x.x[i & (BREATH_HISTORY - 1)] = x;
    return x;
}

static void sample(struct breaths *b, int64_t i)
{
    float y[2];
    unsigned flags = breath_filter_at(&b->filter, b->entry, i, y);
    if (flags & FILTER_DARK) {
        b->x.x[i & (BREATH_HISTORY - 1)] = blend_of(&b->blend, y);
        skip(b, i);
        return;
    }
    b->present = flags;
    float x = blend_in(b, i, y);
    const float raw[2] = {breath_filter_raw(&b->filter, 0, i), breath_filter_raw(&b->filter, 1, i)};
    float rest = blend_of(&b->blend, raw) - x;
    b->residue += (rest * rest - b->residue) / (RESIDUE_S * BREATH_HZ);
    find_amplitude(b, i);
    if (!isfinite(b->amplitude)) {
        hold_skip(&b->hold, i);
        return;
    }
    bool learned = b->chain.n_amplitudes >= LEARNED;
    double rate_hz = isfinite(b->follow_hz) ? b->follow_hz : RATE_GUESS_HZ;
    bool known = learned && is_trusted(b, TRUST_S) && residue_is_small(b);
    if (hold_step(&b->hold, &b->x, i, b->amplitude, rate_hz, learned, known))
        start_anew(b, i);
    int64_t shallow_from = b->input.moving ? -1 : hold_undo_shallow(&b->hold, &b->x, i, b->amplitude, rate_hz);
    if (shallow_from >= 0)
        start_anew(b, shallow_from);
    segment(b, i, x);
    forget_when_nothing_comes(b, i);
}

void breaths_push(struct breaths *b, const struct breaths_input *in)
{
    const float x[2] = {in->chest, in->abdomen};
    coupling_steps(&b->coupling, b->filter.n, in->moving ? in->step_turns : (double)NAN);
    breath_filter_push(&b->filter, x);
    b->input = *in;
    if (in->rate_hz > 0) {
        b->rate_hz = in->rate_hz;
        b->rate_at = b->filter.n;
    }
    steer(b);
    while (b->out + b->filter.half[b->entry] < b->filter.n)
        sample(b, b->out++);
}

bool breaths_pull(struct breaths *b, struct breath *breath)
{
    if (b->head == b->tail)
        return false;
    *breath = b->queue[b->tail++ % QUEUE];
    return true;
}

float breaths_hold_s(const struct breaths *b, double at)
{
    return hold_at(&b->hold, at);
}

float breaths_hold_now_s(const struct breaths *b)
{
    return hold_at(&b->hold, (double)(b->out - 1));
}

float breaths_cv_pct(const struct breaths *b)
{
    return is_trusted(b, PATIENCE_S) ? chain_cv_pct(&b->chain, breaths_are_even(b)) : NAN;
}

float breaths_coupling(const struct breaths *b, float *ratio)
{
    *ratio = NAN;
    return is_trusted(b, PATIENCE_S) ? coupling_index(&b->coupling, b->filter.n, ratio) : NAN;
}

double breaths_rate_hz(const struct breaths *b)
{
    return 1 / chain_interval_s(&b->chain);
}
