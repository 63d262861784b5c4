// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the body is still: no site turns faster than a breath or a tremor would, for how long. Internal to the room;
// 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_EXERCISE_QUIET_H
#define POISE_EXERCISE_QUIET_H

#include "frames/motion.h"

struct quiet {
    float rate_deg_s[N_SITES][3]; // low-passed: a tremor goes to and fro
    float up[N_SITES][3];         // low-passed, for sites without a gyro
    uint32_t seen;                // that have a low-passed value
    int blocks;                   // still for so long
};

void quiet_reset(struct quiet *quiet);
// Of these sites, as far as they are usable; without any it is never still.
void quiet_step(struct quiet *quiet, const struct motion *motion, uint32_t sites);

#endif
