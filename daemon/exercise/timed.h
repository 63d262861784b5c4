// SPDX-License-Identifier: GPL-3.0-or-later
// The parts that are cycles: arm circles and shoulder rolls, which are asked for by number, arm swing and breath, which
// go on for a time. Counts each side (of breath chest and abdomen). Internal to the room; RT-safe; the caller owns the
// struct.
#ifndef POISE_EXERCISE_TIMED_H
#define POISE_EXERCISE_TIMED_H

#include "exercise/circle.h"
#include "exercise/cycle.h"
#include "exercise/rows.h"
#include "exercise/signals.h"

#define TIMED_DEPTHS 32

struct timed {
    enum measure measure;
    bool there[2]; // the channel has begun
    struct circle circle[2];
    struct cycle cycle[2];
    int64_t counted_to; // breath: block at which the last that counted ended
    int n_depth;
    float depth[2][TIMED_DEPTHS];   // of chest and abdomen in the latest breaths
    float with[2][2][TIMED_DEPTHS]; // how much of it is in time with the breath, and a quarter of it later
    // Breath: how far each compartment went (second index) during the breath of each (first), and since the begin.
    float high[2][2], low[2][2], most[2], least[2];
};

struct timed_done {
    int channel;
    int64_t from_blocks, to_blocks; // before now
    float range_deg;                // circles: swept, forward positive
    float depth_deg[2];             // breath: of chest and abdomen during it; NaN: not measured
    float with_deg[2][2];
};

void timed_begin(struct timed *timed, enum measure measure);
// One block of this channel, NaN starts it anew; true when a cycle is over.
// Breath: chest before abdomen.
bool timed_step(const struct fir *fir, struct timed *timed, int channel, float x, struct timed_done *done);

// Whether a breath that one compartment showed counts: of two the one that moves more tells, and each breath once.
bool timed_counts(struct timed *timed, const struct timed_done *done);
// The depth of a compartment over the breaths that counted; NaN: not measured. Of the one that moves more the median;
// of the other what goes along with it, early or late: it sways by as much as it breathes.
double timed_depth_deg(const struct timed *timed, int compartment);

#endif
