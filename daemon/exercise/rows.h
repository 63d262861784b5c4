// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a result: one per part and side, kept up to date with every repetition. Internal to the room; RT-safe;
// the caller owns the struct.
#ifndef POISE_EXERCISE_ROWS_H
#define POISE_EXERCISE_ROWS_H

#include "exercise/signals.h"

struct row_sums {
    int n, n_range, n_smoothness, n_hold, n_aside[SIGNAL_ASIDE];
    double range, hold, move, smoothness, aside[SIGNAL_ASIDE];
    int forward, backward;         // circles
    int64_t first_from, last_from; // frames, of the second cycle and the last, for their rate: the first begins slowly
    double swing, best_swing;
    double crossing, stiffness; // arm swing, as the arms' room says
    int n_swing, n_crossing, n_stiffness;
};

struct rows {
    int n;
    struct exercise_row row[EXERCISE_ROWS];
    struct row_sums sums[EXERCISE_ROWS];
};

void rows_clear(struct rows *rows);
// The row of this part and side; made when it is not there yet. NULL when there is no room, which cannot be by the
// table of exercises.
struct exercise_row *rows_of(struct rows *rows, int part, int side);
struct row_sums *rows_sums(struct rows *rows, const struct exercise_row *row);

// A repetition: range_deg NaN when it is not known, hold_s when none is asked for, aside NULL without angles beside.
void rows_add(struct rows *rows, struct exercise_row *row, const struct repetition_result *done, double held_enough_s,
              const float *aside);
// Sets a value by its key.
void rows_set(struct exercise_row *row, const char *key, double value);
double rows_mean(double sum, int n); // NaN without any

#endif
