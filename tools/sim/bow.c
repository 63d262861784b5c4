// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/bow.h"

#include "sim/phasor.h"

#include <math.h>
#include <string.h>

#define ROLL_SHARE 0.035 // largest roll and yaw of a bow, of its lean
#define YAW_SHARE  0.045

// With lumbar flexion 0.4 and thoracic flexion 0.15 of the lean, the chain of posture_angles() gives these pitches;
// their weighted mean along the line sacrum to C7 is 1. The pelvis turns least, the shoulders go along with C7.
static const struct {
    double pitch, twist; // of the bow's lean; of its roll and yaw
    double height_m;     // above the hips, where the shoulders carry the hanging arms
    double lever;        // pitch of the line from the hips to here
} bowing[N_SITES] = {
    [SITE_SACRUM] = {0.624, 0.5, 0.10, 0.624},    [SITE_ABDOMEN] = {0.824, 0.6, 0.20, 0.724},
    [SITE_T12] = {1.024, 0.75, 0.28, 0.824},      [SITE_PACK] = {1.024, 0.75, 0.35, 0.824},
    [SITE_STERNUM] = {1.099, 0.9, 0.42, 0.86},    [SITE_C7] = {1.174, 1, 0.50, 0.9},
    [SITE_SHOULDER_LEFT] = {1.174, 1, 0.47, 0.9}, [SITE_SHOULDER_RIGHT] = {1.174, 1, 0.47, 0.9},
    [SITE_HEAD] = {1.22, 1, 0.68, 0.95},          [SITE_WRIST_LEFT] = {0, 0, 0.47, 0.9},
    [SITE_WRIST_RIGHT] = {0, 0, 0.47, 0.9},
};

struct curve { // a function of time and its derivatives
    double value, first, second;
};

bool bow_is_in(const struct scenario *scenario)
{
    for (int i = 0; i < scenario->n_phases; i++)
        if (scenario->phase[i].kind == PHASE_BOW)
            return true;
    return false;
}

// Down in the first half of 0 … 1 and up in the second, as quintic smooth steps: slope and curvature vanish at both
// ends and at the bottom.
static struct curve depth_at(double x)
{
    double side = x < 0.5 ? 2 : -2, u = x < 0.5 ? 2 * x : 2 - 2 * x;
    return (struct curve){u * u * u * (10 + u * (-15 + 6 * u)), side * 30 * u * u * (1 - u) * (1 - u),
                          4 * 60 * u * (1 - u) * (1 - 2 * u)};
}

// 0 at both ends, 1 in the middle.
static struct curve twist_at(double x)
{
    double y = x * (1 - x), slope = 1 - 2 * x;
    return (struct curve){16 * y * y, 32 * y * slope, 0};
}

// The bow at t_s: true with its number in the run (for its own twist) and x in 0 … 1.
static bool find_bow(const struct scenario_phase *phase, double t_s, int64_t *number, double *x)
{
    double each_s = phase->bow_s + phase->bow_rest_s, within_s = t_s - phase->start_s;
    double k = floor(within_s / each_s), n = floor((phase->duration_s + phase->bow_rest_s) / each_s + 1e-9);
    *number = (int64_t)k;
    *x = (within_s - k * each_s) / phase->bow_s;
    return k >= 0 && k < n && *x < 1; // whole bows only
}

void bow_at(const struct scenario *scenario, enum site site, double t_s, struct bow_motion *motion)
{
    const struct scenario_phase *phase = scenario_phase_at(scenario, t_s);
    int64_t number;
    double x;
    memset(motion, 0, sizeof *motion);
    if (phase->kind != PHASE_BOW || !find_bow(phase, t_s, &number, &x))
        return;
    uint64_t random = scenario->seed ^ (UINT64_C(0xb0) << 56) ^ (uint64_t)(1000 * (phase - scenario->phase) + number);
    double lean_rad = TURN_RAD / 360 * phase->bow_deg, by_time = 1 / phase->bow_s;
    double twist_rad = bowing[site].twist * lean_rad;
    double peak[3] = {bowing[site].pitch * lean_rad, twist_rad * ROLL_SHARE * random_uniform(&random),
                      twist_rad * YAW_SHARE * random_uniform(&random)};
    struct curve depth = depth_at(x), twist = twist_at(x);
    for (int i = 0; i < 3; i++) {
        const struct curve *curve = i == 0 ? &depth : &twist;
        motion->angle[i] = peak[i] * curve->value;
        motion->rate[i] = peak[i] * curve->first * by_time;
    }
    double lever_rad = bowing[site].lever * lean_rad, height_m = bowing[site].height_m;
    double rate = lever_rad * depth.first * by_time, rate_s = lever_rad * depth.second * by_time * by_time;
    struct phasor at = phasor_at(lever_rad * depth.value / TURN_RAD);
    motion->acc_world[0] = height_m * (at.c * rate_s - at.s * rate * rate);
    motion->acc_world[2] = -height_m * (at.s * rate_s + at.c * rate * rate);
}
