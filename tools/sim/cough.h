// SPDX-License-Identifier: GPL-3.0-or-later
// Coughs: bursts of two or three jerks of the trunk, chest, head and belly together, which are no breaths. When, how
// many and how hard comes from the seed. Angle and displacement are smooth to the second derivative.
#ifndef POISE_SIM_COUGH_H
#define POISE_SIM_COUGH_H

#include "sim/scenario.h"
#include "sim/stance.h"

#include <stdbool.h>

struct cough {
    double start_s, until_s;
    int jerks;
    uint64_t random; // of its jerks
};

bool cough_is_in(const struct scenario *scenario);                                 // whether any phase has one
bool cough_find(const struct scenario *scenario, double t_s, struct cough *cough); // whether there is one at t_s

struct cough_motion {
    struct motion3 pitch;    // of the site's segment, rad
    struct motion3 moved[3]; // displacement, m
};

void cough_at(const struct scenario *scenario, enum site site, double t_s, struct cough_motion *motion);

#endif
