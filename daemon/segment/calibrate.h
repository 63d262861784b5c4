// SPDX-License-Identifier: GPL-3.0-or-later
// Watches for a quiet upright stand: whole seconds in which every worn sensor is calm, the trunk upright and nothing
// drifts from one second to the next. Internal to the room. RT-safe; the caller owns the struct.
#ifndef POISE_SEGMENT_CALIBRATE_H
#define POISE_SEGMENT_CALIBRATE_H

#include "frames/frame_block.h"
#include "segment/segment.h"

struct stand_site { // sums over the current second
    int n_acc, n_gyro;
    double acc[3], acc_squared;
    double gyro[3], gyro_squared;
};

struct stand {
    struct stand_site second[N_SITES];
    double force[N_SITES][3]; // mean specific force of the stand so far, m/s^2
    uint32_t sites;           // SITE_BIT of those in it
    int blocks;               // of the current second
    int seconds;              // quiet ones in a row
};

void stand_reset(struct stand *stand);
// True when the stand has lasted long enough: force[] and sites then hold the neutral pose.
bool stand_step(struct stand *stand, const struct segment_params *params, const struct frame_block *block);

#endif
