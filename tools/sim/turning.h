// SPDX-License-Identifier: GPL-3.0-or-later
// A body that is turned about one of its own axes after another, each by an angle that is a function of time: its
// orientation, rate and angular acceleration, exact.
#ifndef POISE_SIM_TURNING_H
#define POISE_SIM_TURNING_H

#include "sim/stance.h"

struct turning { // of a body, in the world's axes; {.q = {1}} is none yet
    double q[4], rate[3], rate_s[3];
};

// Then by sign times the angle about its own axis (0 … 2).
void turning_on(struct turning *body, int axis, const struct motion3 *angle, double sign);
// Where the axis of a body turned by q points in the world.
void turning_axis(const double q[4], int axis, double out[3]);
void turning_multiply(const double p[4], const double q[4], double out[4]); // out may be p or q
void turning_cross(const double a[3], const double b[3], double out[3]);

#endif
