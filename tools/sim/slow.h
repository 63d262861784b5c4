// SPDX-License-Identifier: GPL-3.0-or-later
// What changes slowly in a site's motion (posture, sway, how much of each gait there is, amplitudes), as cubics between
// nodes 0.1 s apart: value and first derivative are continuous, both derivatives are exact.
#ifndef POISE_SIM_SLOW_H
#define POISE_SIM_SLOW_H

#include "sim/gait_shape.h"
#include "sim/scenario.h"
#include "sim/stance.h"

#include <stdint.h>

#define SIM_GRAVITY 9.81 // m/s²

enum slow_channel {
    SLOW_PITCH,
    SLOW_ROLL,
    SLOW_YAW,
    SLOW_CHEST,
    SLOW_ABDOMEN,
    SLOW_LEAD, // of the abdomen before the chest, turns of a breath
    SLOW_WALK,
    SLOW_RUN,
    SLOW_TWIST_WALK, // of what the stride turns about the vertical
    SLOW_TWIST_RUN,
    SLOW_SURGE,      // of the running trunk: fore-aft speed it loses and regains over a step, m/s
    SLOW_SIDE,       // and how far it is carried from side to side, m
    SLOW_SHRUG,      // of a shoulder: how far an inspiration lifts its outer end, rad of roll
    SLOW_SWING_WALK, // of a wrist: rad, peak to peak
    SLOW_SWING_RUN,
    SLOW_ELBOW,    // how far the elbow is bent, rad
    SLOW_PLANE,    // and the yaw of the plane it swings in
    SLOW_PACK_COS, // of the pack against T12, m, by the phase of the step
    SLOW_PACK_SIN,
    N_SLOW
};

// A reader's place; zeroed at the start.
struct slow_cursor {
    int64_t node; // 0: none yet, else index + 1
    double cubic[N_SLOW][4];
};

struct slow;

// shape: of walking and running, of all sites; both must outlive it. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int slow_create(struct slow **out, const struct scenario *scenario,
                                                    struct gait_shape (*shape)[N_SITES]);
void slow_destroy(struct slow *slow); // accepts NULL

// Of value, wrists get all, the pack too, other sites those up to SLOW_SHRUG.
void slow_at(const struct slow *slow, struct slow_cursor *cursor, enum site site, double t_s,
             struct motion3 value[N_SLOW]);

#endif
