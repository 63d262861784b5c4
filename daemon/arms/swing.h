// SPDX-License-Identifier: GPL-3.0-or-later
// A swing in a window of angular rate: the axis it is about and how far it sweeps. Internal to the room; RT-safe.
#ifndef POISE_ARMS_SWING_H
#define POISE_ARMS_SWING_H

#define SWING_SAMPLES_MAX 1024

// Direction of the largest variance of rate[n][0..1], whose means are 0; axis[1] >= 0.
void swing_axis(const float rate[][3], int n, double axis[2]);

// Peak-to-peak sweep of rate[n], rad/s at rate_hz, about one axis, in rad: the median over the window of a forth and a
// back swing's mean. cycle_hz says how large a reversal counts. NaN with fewer than two whole cycles.
double swing_sweep(const float *rate, int n, double rate_hz, double cycle_hz);

#endif
