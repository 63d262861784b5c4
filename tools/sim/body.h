// SPDX-License-Identifier: GPL-3.0-or-later
// The runner's body: where each site is and how it is turned at any scenario time, with exact derivatives, so that an
// ideal IMU there reads specific force Rᵀ(a − g) and the rate that belongs to the same orientation. Angles are those of
// the segments (x forward, y left, z up; R = Rz(yaw) Ry(pitch) Rx(roll)), 0 in the upright stand, signs as everywhere
// in Poise: pitch > 0 upper end forward, roll > 0 upper end to the right, yaw > 0 to the left. World: z up, x the
// direction of running, moving with the belt's rider (no net displacement).
#ifndef POISE_SIM_BODY_H
#define POISE_SIM_BODY_H

#include "sim/scenario.h"
#include "sim/timeline.h"

#include <stdint.h>

#define SIM_GRAVITY 9.81 // m/s²

enum slow_channel { SLOW_PITCH, SLOW_ROLL, SLOW_YAW, SLOW_CHEST, SLOW_ABDOMEN, SLOW_WALK, SLOW_RUN, SLOW_LIFT, N_SLOW };

// A reader's place in the run, one per site and reader; zeroed at the start.
struct body_cursor {
    int64_t step, breath;
    int64_t node; // slow values are cubics between nodes; 0: none yet, else index + 1
    double cubic[N_SLOW][4];
};

struct body_state {
    double angle[3]; // pitch, roll, yaw, rad
    double q_world_from_segment[4];
    double rate_segment[3];  // rad/s
    double acc_world[3];     // m/s²
    double force_segment[3]; // specific force, m/s²
};

struct body;

// scenario must outlive the body. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int body_create(struct body **out, const struct scenario *scenario);
void body_destroy(struct body *body); // accepts NULL

struct timeline *body_timeline(struct body *body);

// Without memory for the timeline the runner stands still (all zero motion).
void body_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, struct body_state *state);
// The angles alone: cheaper, for the truth.
void body_angles_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, double angle[3]);

// Peak to peak of the trunk's vertical displacement, as the scenario has it at t_s.
double body_vertical_oscillation_m(struct body *body, double t_s);

#endif
