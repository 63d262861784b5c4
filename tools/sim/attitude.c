// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/attitude.h"

#include "sim/phasor.h"

#include <math.h>

void attitude_into_segment(const double q[4], const double world[3], double segment[3])
{
    double w = q[0], x = q[1], y = q[2], z = q[3];
    segment[0] = (1 - 2 * (y * y + z * z)) * world[0] + 2 * (x * y + w * z) * world[1] + 2 * (x * z - w * y) * world[2];
    segment[1] = 2 * (x * y - w * z) * world[0] + (1 - 2 * (x * x + z * z)) * world[1] + 2 * (y * z + w * x) * world[2];
    segment[2] = 2 * (x * z + w * y) * world[0] + 2 * (y * z - w * x) * world[1] + (1 - 2 * (x * x + y * y)) * world[2];
}

void attitude_angles(const double q[4], double angle[3])
{
    double up[3] = {2 * (q[1] * q[3] - q[0] * q[2]), 2 * (q[0] * q[1] + q[2] * q[3]),
                    1 - 2 * (q[1] * q[1] + q[2] * q[2])};
    angle[0] = atan2(-up[0], hypot(up[1], up[2]));
    angle[1] = atan2(up[1], up[2]);
    angle[2] = atan2(2 * (q[0] * q[3] + q[1] * q[2]), 1 - 2 * (q[2] * q[2] + q[3] * q[3]));
}

void attitude_resolve(struct body_state *state, const double rate[3])
{
    struct phasor p = phasor_at(state->angle[0] / (2 * TURN_RAD)), r = phasor_at(state->angle[1] / (2 * TURN_RAD));
    struct phasor y = phasor_at(state->angle[2] / (2 * TURN_RAD));
    double *q = state->q_world_from_segment; // Rz(yaw) Ry(pitch) Rx(roll)
    q[0] = y.c * p.c * r.c + y.s * p.s * r.s;
    q[1] = y.c * p.c * r.s - y.s * p.s * r.c;
    q[2] = y.c * p.s * r.c + y.s * p.c * r.s;
    q[3] = y.s * p.c * r.c - y.c * p.s * r.s;
    struct phasor p2 = phasor_turn(p, p), r2 = phasor_turn(r, r), y2 = phasor_turn(y, y);
    state->rate_segment[0] = rate[1] - rate[2] * p2.s;
    state->rate_segment[1] = rate[0] * r2.c + rate[2] * p2.c * r2.s;
    state->rate_segment[2] = rate[2] * p2.c * r2.c - rate[0] * r2.s;
    double ax = state->acc_world[0], ay = state->acc_world[1], az = state->acc_world[2] + SIM_GRAVITY;
    double along = y2.c * ax + y2.s * ay, across = y2.c * ay - y2.s * ax; // undo yaw, then pitch, then roll
    double x = p2.c * along - p2.s * az, z = p2.s * along + p2.c * az;
    state->force_segment[0] = x;
    state->force_segment[1] = r2.c * across + r2.s * z;
    state->force_segment[2] = r2.c * z - r2.s * across;
}
