// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/breaths.h"

#include "sim/phasor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define RATE_STEP_S     0.05 // the rate is integrated in such steps
#define DEPTH_MIN       0.3
#define LOCK_EARLY      0.5 // the first locked breath may be so much shorter or longer than the others
#define SPEECH_IN_S     0.4 // to 0.7
#define SPEECH_OUT_S    2.0 // to 8, short ones more often
#define SPEECH_OUT_MORE 6.0
#define SPEECH_DEPTH    0.25 // standard deviation

struct breaths {
    const struct scenario *scenario;
    struct timeline *timeline;
    uint64_t random, speech_random;
    struct breath *breath;
    int64_t n, room, step_hint;
};

int breaths_create(struct breaths **out, const struct scenario *scenario, struct timeline *timeline)
{
    struct breaths *breaths = calloc(1, sizeof *breaths);
    *out = breaths;
    if (!breaths)
        return -ENOMEM;
    breaths->scenario = scenario;
    breaths->timeline = timeline;
    breaths->random = scenario->seed ^ UINT64_C(0xb7ea7);
    breaths->speech_random = scenario->seed ^ UINT64_C(0x59eec4);
    return 0;
}

void breaths_destroy(struct breaths *breaths)
{
    if (!breaths)
        return;
    free(breaths->breath);
    free(breaths);
}

// How long from start_s until the rate has made so many breaths.
static double time_for(const struct scenario *scenario, double start_s, double n_breaths)
{
    double t_s = start_s, rate_hz = scenario_param(scenario, PARAM_BREATHING_BPM, t_s) / 60;
    for (;;) {
        double next_hz = scenario_param(scenario, PARAM_BREATHING_BPM, t_s + RATE_STEP_S) / 60;
        double made = (rate_hz + next_hz) / 2 * RATE_STEP_S;
        if (made >= n_breaths) // the rate hardly changes within a step
            return t_s - start_s + RATE_STEP_S * n_breaths / made;
        n_breaths -= made;
        t_s += RATE_STEP_S;
        rate_hz = next_hz;
    }
}

static double between_0_and_1(uint64_t *random)
{
    return (random_uniform(random) + 1) / 2;
}

// Talking: a quick breath in, then words until it is used up.
static void speak(struct breath *breath, uint64_t *random)
{
    breath->inspiration_s = SPEECH_IN_S + 0.3 * between_0_and_1(random);
    double out_s = SPEECH_OUT_S + SPEECH_OUT_MORE * pow(between_0_and_1(random), 1.7);
    breath->pause_s = 0;
    breath->period_s = breath->inspiration_s + out_s;
    breath->depth = fmax(1 + SPEECH_DEPTH * random_normal(random), DEPTH_MIN);
    const double often_hz[BREATH_RIPPLES] = {0.7 + 0.7 * between_0_and_1(random), 2 + 1.5 * between_0_and_1(random)};
    for (int i = 0; i < BREATH_RIPPLES; i++) {
        breath->ripple[i] = (0.03 + 0.05 * between_0_and_1(random)) / (i + 1);
        breath->ripple_cycles[i] = often_hz[i] * out_s;
        breath->ripple_turns[i] = between_0_and_1(random);
    }
}

// The next step phase a locked breath may begin at, well after or (least 0) not before t_s. NAN without memory.
static double locked_time(struct breaths *breaths, const struct scenario_phase *phase, double t_s, double least)
{
    const struct timeline_step *step = timeline_step_at(breaths->timeline, t_s, &breaths->step_hint);
    if (!step)
        return NAN;
    double lock = phase->lock_steps_per_breath;
    double steps = (double)breaths->step_hint + timeline_phase(step, t_s).turns - phase->lock_phase;
    return timeline_when(breaths->timeline, phase->lock_phase + lock * ceil(steps / lock + least - 1e-6));
}

// The end of expiration or inspiration after a multiple of the interval; whole holds only.
static bool is_held(const struct scenario_phase *phase, const struct breath *breath)
{
    if (phase->hold_s <= 0)
        return false;
    double moment_s = phase->hold_at == HOLD_AT_END_INSPIRATION ? breath->inspiration_s : breath->period_s;
    double start_s = breath->start_s - phase->start_s, held_s = start_s + moment_s, every_s = phase->hold_every_s;
    // Since the last such moment, or since the hold that began at it was over.
    double since_s = phase->hold_at == HOLD_AT_END_INSPIRATION
                         ? start_s - (breath_active_s(&breath[-1]) - breath[-1].inspiration_s)
                         : start_s;
    double k = floor(held_s / every_s);
    return k >= 1 && since_s < k * every_s && held_s + phase->hold_s <= phase->duration_s;
}

static int reserve(struct breaths *breaths)
{
    if (breaths->n < breaths->room)
        return 0;
    int64_t larger = breaths->room ? 2 * breaths->room : 256;
    struct breath *grown = realloc(breaths->breath, (size_t)larger * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    breaths->breath = grown;
    breaths->room = larger;
    return 0;
}

static int grow(struct breaths *breaths)
{
    int err = reserve(breaths);
    if (err)
        return err;
    const struct scenario *scenario = breaths->scenario;
    struct breath *breath = &breaths->breath[breaths->n];
    bool is_first = breaths->n == 0;
    double start_s = is_first ? 0 : breath[-1].start_s + breath[-1].period_s;
    const struct scenario_phase *phase = scenario_phase_at(scenario, start_s);
    double jitter = 0.01 * (phase->breath_jitter_pct < 0 ? scenario->breath_jitter_pct : phase->breath_jitter_pct);
    double depth_jitter =
        phase->breath_depth_jitter_pct < 0 ? 0.02 * scenario->breath_jitter_pct : 0.01 * phase->breath_depth_jitter_pct;
    double longer = fmax(1 + jitter * random_normal(&breaths->random), 0.5);
    double depth = fmax(1 + depth_jitter * random_normal(&breaths->random), DEPTH_MIN);
    *breath = (struct breath){.start_s = start_s, .depth = depth, .locked = phase->lock_steps_per_breath > 0};
    if (phase->speech) {
        speak(breath, &breaths->speech_random);
    } else {
        breath->period_s = breath->locked ? locked_time(breaths, phase, start_s, LOCK_EARLY) - start_s
                                          : time_for(scenario, start_s, longer);
        breath->inspiration_s = breath->period_s * scenario_param(scenario, PARAM_INSPIRATORY_SHARE, start_s);
        breath->pause_s = breath->period_s * scenario_param(scenario, PARAM_EXPIRATORY_PAUSE, start_s);
    }
    if (!is_first && is_held(phase, breath)) {
        breath->hold_s = phase->hold_s;
        breath->hold_at = phase->hold_at;
        double moment_s = phase->hold_at == HOLD_AT_END_INSPIRATION ? breath->inspiration_s : breath->period_s;
        breath->hold_from_s = start_s + moment_s;
        if (breath->locked) // it goes on at a step again
            breath->hold_s =
                locked_time(breaths, phase, start_s + breath->period_s + phase->hold_s, 0) - start_s - breath->period_s;
        breath->period_s += breath->hold_s;
    }
    if (!isfinite(breath->period_s))
        return -ENOMEM;
    if (is_first)
        breath->start_rate_hz = 1 / breath_active_s(breath);
    else
        breath_settle(breath - 1, breath);
    breaths->n++;
    return 0;
}

const struct breath *breaths_at(struct breaths *breaths, double t_s, int64_t *hint)
{
    // Three more than needed: a breath is settled when the next one is there, and so must the next one be.
    while (breaths->n < 4 || breaths->breath[breaths->n - 3].start_s <= t_s)
        if (grow(breaths))
            return NULL;
    int64_t i = *hint;
    while (i > 0 && breaths->breath[i].start_s > t_s)
        i--;
    while (breaths->breath[i + 1].start_s <= t_s)
        i++;
    *hint = i;
    return &breaths->breath[i];
}

struct breath_depth breaths_depth(const struct breath *breath, int64_t index, double turns)
{
    if (turns < 0)
        return breath_depth(index > 0 ? breath - 1 : breath, turns + 1);
    return turns < 1 ? breath_depth(breath, turns) : breath_depth(breath + 1, turns - 1);
}
