// SPDX-License-Identifier: GPL-3.0-or-later
// The periodic part of the motion of every site: harmonics of the stride for three angles and three displacements, and
// the running stance of the trunk in closed form (flight is exactly free fall). Phases are in turns from the initial
// contact of the right foot; sites of the left side are the mirror image, half a stride later.
#ifndef POISE_SIM_GAIT_SHAPE_H
#define POISE_SIM_GAIT_SHAPE_H

#include "sim/phasor.h"

#include "frames/site.h"

#define GAIT_HARMONICS 4

enum gait_channel { GAIT_PITCH, GAIT_ROLL, GAIT_YAW, GAIT_X, GAIT_Y, GAIT_Z, N_GAIT_CHANNELS };
enum gait_kind { GAIT_WALK, GAIT_RUN, N_GAITS };

struct gait_shape { // angles in rad, displacements in m: sum of c[k] cos((k+1)θ) + s[k] sin((k+1)θ)
    double c[N_GAIT_CHANNELS][GAIT_HARMONICS], s[N_GAIT_CHANNELS][GAIT_HARMONICS];
    double mean_rad[3];                         // of the angles: this gait's offset from the stand
    double stance;                              // share of the trunk's running stance motion
    double impact_right_m_s2, impact_left_m_s2; // upward peak after the contact of that foot
    double impact_delay_s, impact_length_s;
};

// The site's shape with the mirroring applied.
void gait_shape_of(enum gait_kind kind, enum site site, struct gait_shape *shape);

struct motion3 { // a periodic function and its derivatives by phase (rad of the stride, or turns of the step)
    double value, first, second;
};

// stride: the phasors of 1 … GAIT_HARMONICS times the stride phase.
struct motion3 gait_harmonics(const double c[GAIT_HARMONICS], const double s[GAIT_HARMONICS],
                              const struct phasor stride[GAIT_HARMONICS]);

// Vertical and fore-aft displacement of the running trunk over the step phase u in turns; duty_step is the contact's
// share of the step. Vertical in units of g / (step rate)²: during flight its second derivative is -1.
void gait_stance(double u, double duty_step, struct motion3 *vertical, struct motion3 *forward);
double gait_stance_range(double duty_step); // peak to peak of vertical, in the same unit

// Upward acceleration (1 at the peak) x after a contact in units of the impact's length; zero outside 0 … 1. The mean
// over its length is IMPACT_MEAN.
#define IMPACT_MEAN 0.15
double gait_impact(double x);

#endif
