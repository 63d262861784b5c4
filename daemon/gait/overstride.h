// SPDX-License-Identifier: GPL-3.0-or-later
// How much longer than usual at this speed the steps are, and whether trunk braking and bounce speak for it too. 0 is
// what runners of this leg length usually do, 1 is a standard deviation among runners beyond it. Derived and justified
// in docs/running-dynamics.md. Internal to the room. RT-safe.
#ifndef POISE_GAIT_OVERSTRIDE_H
#define POISE_GAIT_OVERSTRIDE_H

#include <stdbool.h>

struct overstride_input {
    bool running;
    double speed_m_s, leg_length_m;                      // NaN or 0: not known
    double step_length_m;                                // mean
    double braking_g, impact_g, vertical_oscillation_mm; // mean; NaN: left out
};

// Usual step length in m at this speed.
double overstride_usual_step_m(bool running, double speed_m_s, double leg_length_m);
// NaN without speed, leg length or step length.
double overstride_index(const struct overstride_input *input);

#endif
