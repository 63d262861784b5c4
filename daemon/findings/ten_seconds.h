// SPDX-License-Identifier: GPL-3.0-or-later
// Means over ten seconds of what is published, one window after the other. In: outputs; out: a mean of each quantity,
// NaN where less than 70 % of its values came, and the gait of the window. Ten seconds hold about 13 running strides
// and 3 breaths, so that a mean is little disturbed by a single one. Internal to the room; RT-safe.
#ifndef POISE_FINDINGS_TEN_SECONDS_H
#define POISE_FINDINGS_TEN_SECONDS_H

#include "frames/finding.h"
#include "frames/output.h"

#define TEN_SECONDS_FRAMES 10000

enum { GAIT_NONE = -1, GAIT_WALK, GAIT_RUN }; // the first index of struct usual

enum { TAKEN_CHEST = N_QUANTITIES, TAKEN_ABDOMEN, N_TAKEN };

struct ten_seconds {
    double sum[N_TAKEN];
    int n[N_TAKEN];
    int walk, run, answers; // cadence outputs
    int odd_steps;
    float step_ms; // that the cadence stands for, NaN: not known
};

struct ten_seconds_mean {
    float value[N_QUANTITIES];
    int gait;      // of nine tenths of the window
    int odd_steps; // a third longer or a quarter shorter than the cadence's: stumbles, or contacts missed
};

void ten_seconds_begin(struct ten_seconds *t);
// vest: a vest binds the chest.
void ten_seconds_take(struct ten_seconds *t, const struct output *output, bool vest);
void ten_seconds_end(const struct ten_seconds *t, struct ten_seconds_mean *mean);

#endif
