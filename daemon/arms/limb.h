// SPDX-License-Identifier: GPL-3.0-or-later
// The recent rate of one segment: low-passed, 50 Hz, with the direction of up, so that a window of it can be turned
// into level axes (x forward and y left by the segment's calibrated axes, z up). The mean direction over the window
// serves: it is a fixed turn, so a swing about one axis stays one, and no integrated heading comes in, hence no drift.
// Internal to the room; RT-safe; the caller owns the struct.
#ifndef POISE_ARMS_LIMB_H
#define POISE_ARMS_LIMB_H

#include "dsp/fir.h"
#include "frames/motion.h"

#include <stdbool.h>

#define LIMB_RATE_HZ 50.0
#define LIMB_RING    1024 // 20.5 s
#define LIMB_BLOCKS  2    // per sample
#define LIMB_DELAY   50   // blocks by which the low-pass delays the rate: (101 - 1) / 2

struct limb {
    struct fir_state fir[3];
    float held[3];            // rad/s, latest measured rate: bridges what is missing
    float rate[LIMB_RING][3]; // rad/s, segment axes
    float up[LIMB_RING][3];   // segment axes
    bool measured[LIMB_RING]; // there was a gyro
    bool upright_known[LIMB_RING];
};

// Cut at 3.6 Hz: an arm cycle has 0.7 to 1.7 Hz; of its harmonics what adds to the range is in, what jolts the wrist is
// not.
void limb_design(struct fir *fir);
void limb_reset(struct limb *limb);
// One block. store: this is the block whose output becomes sample number `at`.
void limb_push(const struct fir *fir, struct limb *limb, const struct motion *motion, int site, bool store,
               uint64_t at);
// The newest n samples before `at`, mean removed, in level axes where up is known, else in segment axes. False when too
// little was measured. levelled may not be NULL.
bool limb_window(const struct limb *limb, uint64_t at, int n, float out[][3], bool *levelled);

#endif
