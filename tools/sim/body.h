// SPDX-License-Identifier: GPL-3.0-or-later
// The runner's body: where each site is and how it is turned at any scenario time, with exact derivatives, so that an
// ideal IMU there reads specific force Rᵀ(a − g) and the rate that belongs to the same orientation. Angles are those of
// the segments (x forward, y left, z up; R = Rz(yaw) Ry(pitch) Rx(roll)), 0 in the upright stand, signs as everywhere
// in Poise: pitch > 0 upper end forward, roll > 0 upper end to the right, yaw > 0 to the left. World: z up, x the
// direction of running, moving with the belt's rider (no net displacement).
#ifndef POISE_SIM_BODY_H
#define POISE_SIM_BODY_H

#include "sim/breaths.h"
#include "sim/scenario.h"
#include "sim/slow.h"
#include "sim/timeline.h"

#include <stdint.h>

// A reader's place in the run, one per site and reader; zeroed at the start.
struct body_cursor {
    int64_t step, breath;
    struct slow_cursor slow;
};

struct body_state {
    double angle[3]; // pitch, roll, yaw, rad
    double q_world_from_segment[4];
    double rate_segment[3];  // rad/s
    double acc_world[3];     // m/s²
    double force_segment[3]; // specific force, m/s²
    double rise_m;           // upward displacement, whose second derivative acc_world is; bows left out
};

struct body;
struct drill;

// scenario must outlive the body. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int body_create(struct body **out, const struct scenario *scenario);
void body_destroy(struct body *body); // accepts NULL

struct timeline *body_timeline(struct body *body);
struct breaths *body_breaths(struct body *body);
const struct drill *body_drill(const struct body *body); // NULL: the scenario has none
const struct scenario *body_scenario(const struct body *body);

// Without memory for the timeline the runner stands still (all zero motion).
void body_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, struct body_state *state);
// The angles alone: cheaper, for the truth.
void body_angles_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, double angle[3]);

#endif
