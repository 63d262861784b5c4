// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/estimator.h"

#include "breathing/breaths.h"
#include "breathing/canceller.h"
#include "breathing/movement.h"
#include "breathing/rate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_PER_RESULT   25
#define WINDOW_GROWS_S       1.0 // per second; shrinking faster: what was rest is soon no longer of interest
#define WINDOW_SHRINKS_S     2.0
#define OVERLAP_HZ           0.10
#define SHORTEST_S           15.0 // of the window's middle
#define CHANGE               0.1  // the rates of the window and of its middle differ by more: the rate is changing
#define CHANGING_CONFIDENCE  0.7
#define VARIATION_CONFIDENCE 0.5

struct breath_estimator {
    struct breathing_params params;
    double cancel_gain;
    bool moving;
    struct canceller canceller[N_COMPARTMENTS][BREATH_AXES];
    struct signal_history history;
    struct spectrum *fft;
    struct breath_window whole, middle; // the window, and its inner half
    struct breath_counter *counter;
    struct movement movement[N_COMPARTMENTS];
    struct breaths *breaths;
    double rate_hz; // last said, NaN: unknown
    double window_s;
    uint64_t moved; // samples up to the last one in motion
    bool pending;
    struct breathing_result result;
    double age_s;
};

int breath_estimator_create(struct breath_estimator **out, const struct breathing_params *params)
{
    struct breath_estimator *e = *out = calloc(1, sizeof *e);
    if (!e)
        return -ENOMEM;
    e->params = *params;
    // Each reference has power 1/2, so a weight settles with gain/2 per sample.
    e->cancel_gain = 2 / (params->gait_tau_s * BREATHING_RATE_HZ);
    int rc = spectrum_create(&e->fft, BREATH_N_FFT);
    e->whole.fft = e->middle.fft = e->fft;
    if (rc == 0)
        rc = breath_counter_create(&e->counter);
    if (rc == 0)
        rc = breaths_create(&e->breaths);
    if (rc != 0) {
        breath_estimator_destroy(e);
        *out = NULL;
        return rc;
    }
    breath_estimator_reset(e);
    return 0;
}

void breath_estimator_destroy(struct breath_estimator *e)
{
    if (!e)
        return;
    breaths_destroy(e->breaths);
    breath_counter_destroy(e->counter);
    spectrum_destroy(e->fft);
    free(e);
}

void breath_estimator_reset(struct breath_estimator *e)
{
    signal_history_init(&e->history);
    memset(e->canceller, 0, sizeof e->canceller);
    e->moving = e->pending = false;
    e->window_s = 0;
    e->moved = 0;
    e->rate_hz = NAN;
    memset(e->movement, 0, sizeof e->movement);
    breaths_reset(e->breaths);
}

// What is left of the sample without the gait.
static void cancel_gait(struct breath_estimator *e, struct breath_sample *s)
{
    if (!s->moving) {
        e->moving = false;
        return;
    }
    if (!e->moving)
        memset(e->canceller, 0, sizeof e->canceller);
    e->moving = true;
    struct canceller_reference reference;
    canceller_reference(&reference, s->step_turns);
    for (int c = 0; c < N_COMPARTMENTS; c++)
        for (int a = 0; a < BREATH_AXES; a++)
            s->channel[c].x[a] = canceller_step(&e->canceller[c][a], &reference, e->cancel_gain, s->channel[c].x[a]);
}

// The window grows to its full length, and shrinks while moving; it never reaches across a change of a signal's kind
// unless the other compartment does.
static int window_length(struct breath_estimator *e)
{
    const struct signal_history *h = &e->history;
    double since_moved_s = (double)(h->n - e->moved) / BREATHING_RATE_HZ;
    bool moving = e->moved > 0 && since_moved_s < e->params.moving_window_s;
    double target_s = moving ? e->params.moving_window_s : e->params.rest_window_s;
    if (e->window_s + WINDOW_GROWS_S <= target_s)
        e->window_s += WINDOW_GROWS_S;
    else if (e->window_s > target_s)
        e->window_s = fmax(target_s, e->window_s - WINDOW_SHRINKS_S);
    uint64_t there = 0;
    for (int c = 0; c < N_COMPARTMENTS; c++)
        if (h->kind[c] != BREATH_NONE && h->n - h->since[c] > there)
            there = h->n - h->since[c];
    e->window_s = fmin(e->window_s, (double)there / BREATHING_RATE_HZ);
    return (int)(e->window_s * BREATHING_RATE_HZ);
}

// Whether the breath may be hidden in the gait, or lies close to it.
static int gait_overlap(const struct breath_window *w, double rate_hz)
{
    if (!w->moving)
        return isnan(rate_hz) ? -1 : 0;
    return isnan(rate_hz) || rate_hz > w->stride_hz - OVERLAP_HZ;
}

static void describe(struct breath_estimator *e, const struct rate_estimate *rate, const struct breath_window *w)
{
    struct breathing_result *r = &e->result;
    r->window_s = (float)rate->span_s;
    r->confidence = (float)rate->confidence;
    r->gait_overlap = gait_overlap(w, rate->rate_hz);
    if (isnan(rate->rate_hz))
        return;
    struct rate_depths depths;
    rate_depths(&depths, w, e->history.kind, rate->rate_hz);
    for (int c = 0; c < N_COMPARTMENTS; c++)
        movement_learn(&e->movement[c], &depths, c);
    r->rate_bpm = (float)(60 * rate->rate_hz);
    r->chest_deg = depths.depth[CHEST];
    r->abdomen_deg = depths.depth[ABDOMEN];
    r->chest_share = depths.chest_share;
    r->phase_deg = depths.phase_deg;
    if (e->history.moving[(w->first + (uint64_t)w->n / 2) % BREATH_RING])
        r->steps_per_breath = (float)(2 * w->stride_hz / rate->rate_hz);
}

// The rate is changing within the window: breaths of both its lines are counted about its middle.
static void count_change(struct breath_estimator *e, double whole_hz, struct rate_estimate *rate)
{
    struct breath_count both;
    breath_counter_run(e->counter, &e->whole, rate->line_hz, fmin(whole_hz, rate->line_hz),
                       fmax(whole_hz, rate->line_hz), &both);
    if (isnan(both.here_hz))
        return;
    rate->rate_hz = both.here_hz;
    rate->span_s = both.here_s;
}

// The whole window has the longer look, its middle follows a change. While both agree, the whole is surer.
static void estimate(struct breath_estimator *e, int n)
{
    struct rate_estimate whole, middle;
    int shortest = (int)(SHORTEST_S * BREATHING_RATE_HZ), half = n / 2 > shortest ? n / 2 : shortest;
    bool has_whole = breath_window_take(&e->whole, &e->history, n, 0);
    bool has_middle = half < n && breath_window_take(&e->middle, &e->history, half, (n - half) / 2);
    if (has_whole)
        rate_estimate(&whole, &e->whole, e->counter, &e->params);
    if (has_middle)
        rate_estimate(&middle, &e->middle, e->counter, &e->params);
    bool changes =
        has_middle && !isnan(middle.rate_hz) && !(has_whole && fabs(whole.rate_hz / middle.rate_hz - 1) < CHANGE);
    if (changes) {
        middle.confidence = fmin(middle.confidence, CHANGING_CONFIDENCE);
        if (has_whole && !isnan(whole.line_hz))
            count_change(e, whole.line_hz, &middle);
        describe(e, &middle, &e->middle);
    } else if (has_whole) {
        describe(e, &whole, &e->whole);
    }
}

// What single breaths tell, as of the instant the rate is told for.
static void describe_breaths(struct breath_estimator *e)
{
    struct breathing_result *r = &e->result;
    r->hold_s = breaths_hold_s(e->breaths, (double)e->history.n - 1 - e->age_s * BREATHING_RATE_HZ);
    r->hold_now_s = breaths_hold_now_s(e->breaths);
    if (r->gait_overlap == 1 && isnan(r->rate_bpm))
        r->hold_s = r->hold_now_s = NAN; // what is hidden in the gait looks held
    // Breaths of very unequal length have no line that stands out; noise has neither line nor even breaths.
    if (r->confidence >= (float)VARIATION_CONFIDENCE || breaths_are_even(e->breaths))
        r->interval_cv_pct = breaths_cv_pct(e->breaths);
    r->coupling = breaths_coupling(e->breaths, &r->coupling_ratio);
    if (r->hold_s > 0)
        r->confidence = fminf(r->confidence, (float)CHANGING_CONFIDENCE);
}

static void analyse(struct breath_estimator *e)
{
    e->result = (struct breathing_result){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, -1};
    e->pending = true;
    int n = window_length(e);
    e->age_s = 0.5 * n / BREATHING_RATE_HZ + SMOOTH_SAMPLES / BREATHING_RATE_HZ;
    if (n >= (int)(e->params.min_window_s * BREATHING_RATE_HZ))
        estimate(e, n);
    e->rate_hz = (double)e->result.rate_bpm / 60;
    describe_breaths(e);
}

static void push_breaths(struct breath_estimator *e, const struct breath_sample *s)
{
    struct breaths_input input = {
        .moving = s->moving, .stride_hz = 0.5 * s->step_hz, .step_turns = s->step_turns, .rate_hz = e->rate_hz};
    input.chest = movement_of(&e->movement[CHEST], &s->channel[CHEST], s->moving);
    input.abdomen = movement_of(&e->movement[ABDOMEN], &s->channel[ABDOMEN], s->moving);
    int anchor = isnan(input.chest) ? ABDOMEN : CHEST;
    input.sign_known = e->movement[anchor].has_sign;
    input.any_unit = s->channel[anchor].kind == BREATH_BAND;
    breaths_push(e->breaths, &input);
}

void breath_estimator_push(struct breath_estimator *e, const struct breath_sample *sample)
{
    struct breath_sample s = *sample;
    cancel_gait(e, &s);
    push_breaths(e, &s);
    signal_history_push(&e->history, &s);
    if (s.moving)
        e->moved = e->history.n;
    if (e->history.n % SAMPLES_PER_RESULT == 0)
        analyse(e);
}

bool breath_estimator_pull(struct breath_estimator *e, struct breathing_result *result, double *age_s)
{
    if (!e->pending)
        return false;
    *result = e->result;
    *age_s = e->age_s;
    e->pending = false;
    return true;
}

bool breath_estimator_pull_breath(struct breath_estimator *e, struct inspiration_result *result, double *age_s)
{
    struct breath breath;
    if (!breaths_pull(e->breaths, &breath))
        return false;
    const double ms = 1000 / BREATHING_RATE_HZ;
    result->inspiratory_ms = (float)(ms * (breath.end - breath.onset));
    result->expiratory_ms = (float)(ms * (breath.next - breath.end));
    result->interval_ms = (float)(ms * (breath.next - breath.onset));
    result->depth_deg = breath.depth_deg;
    *age_s = ((double)e->history.n - 1 - breath.onset) / BREATHING_RATE_HZ;
    return true;
}
