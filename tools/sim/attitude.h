// SPDX-License-Identifier: GPL-3.0-or-later
// Between angles, quaternions and axes: R = Rz(yaw) Ry(pitch) Rx(roll).
#ifndef POISE_SIM_ATTITUDE_H
#define POISE_SIM_ATTITUDE_H

#include "sim/body.h"

// A vector in world axes, in those of a segment turned by q.
void attitude_into_segment(const double q_world_from_segment[4], const double world[3], double segment[3]);
void attitude_angles(const double q_world_from_segment[4], double angle[3]);
// Orientation, rate and specific force of state from its angles, their rates and its acceleration.
void attitude_resolve(struct body_state *state, const double angle_rate[3]);

#endif
