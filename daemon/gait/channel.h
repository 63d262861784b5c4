// SPDX-License-Identifier: GPL-3.0-or-later
// One site's movement at 100 Hz for the cadence: earth-vertical acceleration of a trunk site, or of a foot the
// magnitude of its angular rate (of its acceleration without a gyro); and what shows the stride rather than the step:
// both horizontal accelerations and the turning about the vertical. The vertical of these is the site's own mean
// specific force, which serves an accelerometer alone and needs no heading. Internal to the room. RT-safe.
#ifndef POISE_GAIT_CHANNEL_H
#define POISE_GAIT_CHANNEL_H

#include "dsp/fir.h"
#include "frames/motion.h"

#define CHANNEL_RING  1024 // 10.24 s at 100 Hz
#define CHANNEL_DELAY 39   // frames by which the low-pass delays the signal: (79 - 1) / 2

enum channel_side { CHANNEL_ACROSS, CHANNEL_ALONG, CHANNEL_TURN, CHANNEL_SIDES };

struct channel {
    struct fir_state fir;
    double up[3];                            // mean specific force
    float ring[CHANNEL_RING];                // the step's signal
    float side[CHANNEL_SIDES][CHANNEL_RING]; // the stride's; across and along only in a nominal mount
    unsigned char good[CHANNEL_RING];        // valid frames of ten
};

void channel_design(struct fir *fir);
void channel_push(const struct fir *fir, struct channel *channel, uint64_t at, const struct motion *motion, int site);
// Copies the newest n values before index `at` (exclusive); returns the share of frames that were measured.
float channel_window(const struct channel *channel, uint64_t at, int n, float *out);
void channel_side_window(const struct channel *channel, enum channel_side side, uint64_t at, int n, float *out);

#endif
