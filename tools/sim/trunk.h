// SPDX-License-Identifier: GPL-3.0-or-later
// The motion that trunk, head, shoulders and pack make at one instant: angles and displacements of posture, breathing,
// stride, stance, impacts, stumbles, coughs, bows and drills, each with exact derivatives. Internal to body.c and
// trunk.c.
#ifndef POISE_SIM_TRUNK_H
#define POISE_SIM_TRUNK_H

#include "sim/body.h"
#include "sim/bow.h"
#include "sim/cough.h"
#include "sim/drill.h"
#include "sim/repose.h"

#include <stdbool.h>

struct body {
    const struct scenario *scenario;
    struct timeline *timeline;
    struct breaths *breaths;
    struct slow *slow;
    struct gait_shape shape[N_GAITS][N_SITES];
    struct drill *drill;        // NULL: the scenario has none
    bool bows, coughs, reposes; // whether it has any
};

struct instant { // what all channels of one site share at one time
    struct motion3 slow[N_SLOW];
    struct phasor stride[GAIT_HARMONICS];
    struct step_phase step;
    double after_s; // the initial contact
    const struct timeline_step *at_step;
    double stride_rate, stride_rate_s; // rad/s, rad/s²
    double breath[2], breath_rate[2];  // depth of chest and abdomen, 0 … 1, and its change per second
    struct motion3 lurch;              // of the last stumble, 0 … 1
    struct bow_motion bow;             // these four are filled when there are any
    struct cough_motion cough;
    struct repose repose;
    struct drill_motion drill;
    bool right, is_first; // the step began with the right foot; nothing came before
};

static inline bool is_foot(enum site site)
{
    return site == SITE_FOOT_LEFT || site == SITE_FOOT_RIGHT;
}

// How much of the gait there is now; NULL: none.
const struct motion3 *trunk_weight(const struct instant *now, int kind);
// sum += weight(t) · harmonics of the stride
void trunk_add_harmonics(struct motion3 *sum, const struct motion3 *weight, const double c[GAIT_HARMONICS],
                         const double s[GAIT_HARMONICS], const struct instant *now);

// Pitch, roll, yaw (rad) of posture, stride, cough, stumble and drill: what the arms turn with.
void trunk_turn(const struct body *body, enum site site, const struct instant *now, struct motion3 turn[3]);
// The same with what only the trunk and the head have: breathing and bows.
void trunk_angles(const struct body *body, enum site site, const struct instant *now, double angle[3], double rate[3]);
// Displacement of a site of trunk, head, arms (their shoulder) or pack, by time.
void trunk_displacement(const struct body *body, enum site site, const struct instant *now, struct motion3 moved[3]);

#endif
