// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cough.h"

#include "sim/phasor.h"

#include <math.h>
#include <string.h>

#define JERK_S  0.3
#define AGAIN_S 0.36 // from jerk to jerk
#define LATE    0.2  // of the interval: how much later than its multiple a cough may come
#define RAD     0.017453292519943295

static const struct {
    double pitch_deg, moved; // of the hardest jerk; share of the trunk's displacement
} share[N_SITES] = {
    [SITE_HEAD] = {7, 1.3},          [SITE_C7] = {4, 1},
    [SITE_T12] = {3, 0.7},           [SITE_SACRUM] = {1, 0.3},
    [SITE_STERNUM] = {5, 1},         [SITE_ABDOMEN] = {4, 0.6},
    [SITE_SHOULDER_LEFT] = {4, 1},   [SITE_SHOULDER_RIGHT] = {4, 1},
    [SITE_PACK] = {3, 0.8},          [SITE_WRIST_LEFT] = {1.5, 0.8},
    [SITE_WRIST_RIGHT] = {1.5, 0.8},
};
static const double moved_m[3] = {0.008, 0, -0.004};

bool cough_is_in(const struct scenario *scenario)
{
    for (int i = 0; i < scenario->n_phases; i++)
        if (scenario->phase[i].cough_every_s > 0)
            return true;
    return false;
}

bool cough_find(const struct scenario *scenario, double t_s, struct cough *cough)
{
    const struct scenario_phase *phase = scenario_phase_at(scenario, t_s);
    if (phase->cough_every_s <= 0)
        return false;
    double k = floor((t_s - phase->start_s) / phase->cough_every_s);
    cough->random = scenario->seed ^ (UINT64_C(0xc0) << 56) ^ (uint64_t)(1000 * (phase - scenario->phase) + (int64_t)k);
    double late = LATE * (random_uniform(&cough->random) + 1) / 2;
    cough->jerks = random_uniform(&cough->random) < 0 ? 2 : 3;
    cough->start_s = phase->start_s + (k + late) * phase->cough_every_s;
    cough->until_s = cough->start_s + AGAIN_S * (cough->jerks - 1) + JERK_S;
    return k >= 1 && t_s >= cough->start_s && t_s < cough->until_s &&
           cough->until_s <= phase->start_s + phase->duration_s;
}

void cough_at(const struct scenario *scenario, enum site site, double t_s, struct cough_motion *motion)
{
    struct cough cough;
    memset(motion, 0, sizeof *motion);
    if (!cough_find(scenario, t_s, &cough))
        return;
    for (int i = 0; i < cough.jerks; i++) {
        double hard = 0.85 + 0.15 * random_uniform(&cough.random);
        struct motion3 jerk = smooth_bump((t_s - cough.start_s - i * AGAIN_S) / JERK_S);
        const struct motion3 by_time = {hard * jerk.value, hard * jerk.first / JERK_S,
                                        hard * jerk.second / (JERK_S * JERK_S)};
        double pitch = RAD * share[site].pitch_deg;
        motion->pitch.value += pitch * by_time.value;
        motion->pitch.first += pitch * by_time.first;
        motion->pitch.second += pitch * by_time.second;
        for (int k = 0; k < 3; k++) {
            double by_m = moved_m[k] * share[site].moved;
            motion->moved[k].value += by_m * by_time.value;
            motion->moved[k].first += by_m * by_time.first;
            motion->moved[k].second += by_m * by_time.second;
        }
    }
}
