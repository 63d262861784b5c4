// SPDX-License-Identifier: GPL-3.0-or-later
// Guided forward bows, repeated through a phase of kind bow: down and up again about the hips, lumbar and thoracic
// spine sharing the way, the head following, the arms hanging. No two are alike: each comes with a little roll and yaw
// of its own, from the seed. Added to the posture as exact functions of time; angle, rate and acceleration are
// continuous.
#ifndef POISE_SIM_BOW_H
#define POISE_SIM_BOW_H

#include "sim/scenario.h"

#include <stdbool.h>

struct bow_motion {
    double angle[3], rate[3]; // pitch, roll, yaw of the segment, rad and rad/s, on top of its posture
    double acc_world[3];      // m/s²
};

bool bow_is_in(const struct scenario *scenario); // whether any phase has one
// All zero outside the bows.
void bow_at(const struct scenario *scenario, enum site site, double t_s, struct bow_motion *motion);

#endif
