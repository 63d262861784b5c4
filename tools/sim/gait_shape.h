// SPDX-License-Identifier: GPL-3.0-or-later
// The periodic part of the motion of every site but the feet: harmonics of the stride for three angles and three
// displacements, the arm's swing, and how the site takes part in the trunk's stance and in impacts. Phases are in turns
// from the initial contact of the right foot; the left arm swings half a stride later.
#ifndef POISE_SIM_GAIT_SHAPE_H
#define POISE_SIM_GAIT_SHAPE_H

#include "sim/phasor.h"
#include "sim/stance.h"

#include "frames/site.h"

#define GAIT_HARMONICS 4

enum gait_channel { GAIT_PITCH, GAIT_ROLL, GAIT_YAW, GAIT_X, GAIT_Y, GAIT_Z, N_GAIT_CHANNELS };
enum gait_kind { GAIT_WALK, GAIT_RUN, N_GAITS };

struct gait_shape { // angles in rad, displacements in m: sum of c[k] cos((k+1)θ) + s[k] sin((k+1)θ)
    double c[N_GAIT_CHANNELS][GAIT_HARMONICS], s[N_GAIT_CHANNELS][GAIT_HARMONICS];
    double elbow_rad; // of a wrist: the forearm's mean pitch against the upper arm
    double stance;    // share of the trunk's running stance motion
    double swing_c[GAIT_HARMONICS], swing_s[GAIT_HARMONICS]; // of a wrist, peak to peak 1
    double impact_m_s2;                                      // upward peak after a contact
    double impact_delay_s, impact_length_s;
};

// shape is filled whole.
void gait_shape_of(enum gait_kind kind, enum site site, struct gait_shape *shape);

// stride: the phasors of 1 … GAIT_HARMONICS times the stride phase. Derivatives by the phase in rad.
struct motion3 gait_harmonics(const double c[GAIT_HARMONICS], const double s[GAIT_HARMONICS],
                              const struct phasor stride[GAIT_HARMONICS]);

#endif
