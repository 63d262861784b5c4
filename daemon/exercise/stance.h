// SPDX-License-Identifier: GPL-3.0-or-later
// How somebody stands: the means of posture's angles over a quiet stand, and how much it sways. Who shifts begins anew,
// so that the end of a stand counts that the person took up late. Internal to the room; RT-safe; the caller owns the
// struct.
#ifndef POISE_EXERCISE_STANCE_H
#define POISE_EXERCISE_STANCE_H

#include "frames/exercise.h"
#include "frames/output.h"

#define STANCE_ANGLES 8

struct stance {
    int n; // values of posture in it, one each 50 ms
    double sum[STANCE_ANGLES];
    uint32_t known;            // bit per angle: is there
    int lost;                  // values in a row in which others are there
    double lean[2], square[2]; // of lean and side lean, less the first
    float first[2];
    float slow[STANCE_ANGLES]; // low-passed: what shifts, not what sways
    bool begun;
};

void stance_begin(struct stance *stance);
// A value of posture; quiet: the body does not move otherwise. Returns for how long it has stood so, in seconds.
double stance_take(struct stance *stance, const struct posture_angles *angles, bool quiet);
// Fills the row's values; against: the row of the stance before, NULL for the first.
void stance_tell(const struct stance *stance, struct exercise_row *row, const struct exercise_row *against);

#endif
