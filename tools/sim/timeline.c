// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/timeline.h"

#include "sim/phasor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define CONTACT_MAX 0.95 // of a step of the running form
#define GRAVITY     9.81 // m/s²
#define NEVER_S     1e9

struct timeline {
    const struct scenario *scenario;
    uint64_t step_random;
    struct timeline_step *step;
    int64_t n_steps, steps_room;
};

int timeline_create(struct timeline **out, const struct scenario *scenario)
{
    struct timeline *timeline = calloc(1, sizeof *timeline);
    *out = timeline;
    if (!timeline)
        return -ENOMEM;
    timeline->scenario = scenario;
    timeline->step_random = scenario->seed ^ UINT64_C(0x57e9);
    return 0;
}

void timeline_destroy(struct timeline *timeline)
{
    if (!timeline)
        return;
    free(timeline->step);
    free(timeline);
}

static int reserve(struct timeline *timeline)
{
    if (timeline->n_steps < timeline->steps_room)
        return 0;
    int64_t larger = timeline->steps_room ? 2 * timeline->steps_room : 256;
    struct timeline_step *grown = realloc(timeline->step, (size_t)larger * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    timeline->step = grown;
    timeline->steps_room = larger;
    return 0;
}

static double jittered(double period_s, double jitter_pct, uint64_t *random)
{
    double factor = 1 + 0.01 * jitter_pct * random_normal(random);
    return period_s * fmax(factor, 0.5);
}

// Left steps (odd) are longer when the asymmetry is positive: 100 · 2(L−R)/(L+R).
static double side_factor(const struct scenario *scenario, enum phase_param param, int64_t n, double t_s)
{
    return 1 + (n % 2 ? 1 : -1) * scenario_param(scenario, param, t_s) / 200;
}

// A stumble takes the first step after each multiple of the interval: by turns one that comes late and one that comes
// early.
static double stumble_of(const struct scenario *scenario, double start_s, double before_s)
{
    const struct scenario_phase *phase = scenario_phase_at(scenario, start_s);
    if (phase->stumble_every_s <= 0)
        return 0;
    double k = floor((start_s - phase->start_s) / phase->stumble_every_s);
    if (k < 1 || before_s >= phase->start_s + k * phase->stumble_every_s)
        return 0;
    return (fmod(k, 2) == 1 ? 0.01 : -0.01) * phase->stumble_pct;
}

// What carries the running trunk from the flight before this step's contact into the one after it.
static void set_stance(struct timeline_step *step, double flight_before_s)
{
    double flight_s = step->period_s - step->running_s;
    arch_of(step->running_s, -GRAVITY * flight_before_s / 2, GRAVITY * flight_s / 2, GRAVITY, &step->vertical);
    arch_of(step->running_s, -1 / flight_before_s, 1 / flight_s, 0, &step->lateral);
}

static void set_foot(struct timeline_step *step, const struct scenario *scenario, int64_t n)
{
    double t_s = step->start_s;
    enum phase_param eversion = n % 2 ? PARAM_FOOT_EVERSION_LEFT_DEG : PARAM_FOOT_EVERSION_RIGHT_DEG;
    step->walk = scenario_weight(scenario, PHASE_WALK, t_s);
    step->run = scenario_weight(scenario, PHASE_RUN, t_s);
    step->speed_m_s = scenario_param(scenario, PARAM_SPEED_M_S, t_s);
    step->eversion_rad = TURN_RAD / 360 * scenario_param(scenario, eversion, t_s);
}

static int grow_steps(struct timeline *timeline)
{
    int err = reserve(timeline);
    if (err)
        return err;
    const struct scenario *scenario = timeline->scenario;
    int64_t n = timeline->n_steps++;
    struct timeline_step *step = &timeline->step[n];
    double start_s = n ? step[-1].start_s + step[-1].period_s : 0;
    double cadence = scenario_param(scenario, PARAM_CADENCE_SPM, start_s);
    double stumble = n ? stumble_of(scenario, start_s, step[-1].start_s) : 0;
    double side = side_factor(scenario, PARAM_STEP_ASYMMETRY_PCT, n, start_s);
    double period_s = jittered(60 / cadence * side * (1 + stumble), scenario->step_jitter_pct, &timeline->step_random);
    *step = (struct timeline_step){.start_s = start_s, .period_s = period_s, .stumble = stumble};
    step->start_rate_hz = n ? 2 / (step[-1].period_s + period_s) : 1 / period_s;
    if (n)
        step[-1].end_rate_hz = step->start_rate_hz;
    // The contact's own asymmetry does not depend on that of the steps.
    double duty_step = 2 * scenario_param(scenario, PARAM_DUTY_FACTOR, start_s) / side *
                       side_factor(scenario, PARAM_CONTACT_ASYMMETRY_PCT, n, start_s);
    step->contact_s = duty_step * period_s;
    step->running_s = fmin(duty_step, CONTACT_MAX) * period_s;
    if (n && step[-1].contact_s > step[-1].period_s) // the share beyond the step is one of the step it lies in
        step[-1].contact_s =
            step[-1].period_s * (1 + (step[-1].contact_s / step[-1].period_s - 1) * period_s / step[-1].period_s);
    step->impact = fmax(0, side_factor(scenario, PARAM_IMPACT_ASYMMETRY_PCT, n, start_s));
    step->hard = scenario_param(scenario, PARAM_IMPACT_SCALE, start_s);
    step->jerk_s = stumble != 0 ? start_s : n ? step[-1].jerk_s : -NEVER_S;
    step->jerk = stumble != 0 ? (n % 2 ? -1 : 1) * fabs(stumble) : n ? step[-1].jerk : 0;
    set_stance(step, n ? step[-1].period_s - step[-1].running_s : period_s - step->running_s);
    set_foot(step, scenario, n);
    return 0;
}

const struct timeline_step *timeline_step_at(struct timeline *timeline, double t_s, int64_t *hint)
{
    // Two more than needed: a step's end rate is known when the next one is, a foot's next contact one later.
    while (timeline->n_steps < 3 || timeline->step[timeline->n_steps - 2].start_s <= t_s)
        if (grow_steps(timeline))
            return NULL;
    int64_t i = *hint;
    while (i > 0 && timeline->step[i].start_s > t_s)
        i--;
    while (timeline->step[i + 1].start_s <= t_s)
        i++;
    *hint = i;
    return &timeline->step[i];
}

double timeline_when(struct timeline *timeline, double steps)
{
    int64_t n = (int64_t)floor(steps);
    while (timeline->n_steps < n + 2) // the end rate of the nth is known then
        if (grow_steps(timeline))
            return NAN;
    const struct timeline_step *step = &timeline->step[n];
    double low_s = step->start_s, high_s = step->start_s + step->period_s, turns = steps - (double)n;
    if (turns <= 0)
        return low_s;
    while (high_s - low_s > 1e-9) {
        double middle_s = (low_s + high_s) / 2;
        *(timeline_phase(step, middle_s).turns < turns ? &low_s : &high_s) = middle_s;
    }
    return low_s;
}

struct step_phase timeline_phase(const struct timeline_step *step, double t_s)
{
    double T = step->period_s, x = (t_s - step->start_s) / T;
    double m0 = step->start_rate_hz * T, m1 = step->end_rate_hz * T; // cubic Hermite from 0 to 1
    double a = m0 + m1 - 2, b = 3 - 2 * m0 - m1;
    return (struct step_phase){
        .turns = x * (m0 + x * (b + x * a)),
        .rate_hz = (m0 + x * (2 * b + x * 3 * a)) / T,
        .rate_hz_s = (2 * b + 6 * a * x) / (T * T),
    };
}
