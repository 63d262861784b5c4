// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/rows.h"

#include <math.h>
#include <string.h>

void rows_clear(struct rows *rows)
{
    memset(rows, 0, sizeof *rows);
}

struct exercise_row *rows_of(struct rows *rows, int part, int side)
{
    for (int i = 0; i < rows->n; i++)
        if (rows->row[i].part == part && rows->row[i].side == side)
            return &rows->row[i];
    if (rows->n == EXERCISE_ROWS)
        return NULL;
    rows->row[rows->n] = (struct exercise_row){
        .part = part, .side = side, .range_deg = NAN, .best_deg = NAN, .hold_s = NAN, .smoothness = NAN};
    return &rows->row[rows->n++];
}

struct row_sums *rows_sums(struct rows *rows, const struct exercise_row *row)
{
    return &rows->sums[row - rows->row];
}

double rows_mean(double sum, int n)
{
    return n > 0 ? sum / n : NAN;
}

void rows_set(struct exercise_row *row, const char *key, double value)
{
    int i = 0;
    while (i < row->n_values && strcmp(row->value[i].key, key) != 0)
        i++;
    if (i == EXERCISE_VALUES)
        return;
    row->value[i] = (struct exercise_value){key, (float)value};
    if (i == row->n_values)
        row->n_values++;
}

static void add_known(float value, double *sum, int *n)
{
    if (!isfinite(value))
        return;
    *sum += (double)value;
    ++*n;
}

void rows_add(struct rows *rows, struct exercise_row *row, const struct repetition_result *done, double held_enough_s,
              const float *aside)
{
    struct row_sums *s = rows_sums(rows, row);
    s->n++;
    add_known(done->range_deg, &s->range, &s->n_range);
    s->move += (double)done->move_s;
    add_known(done->hold_s, &s->hold, &s->n_hold);
    add_known(done->smoothness, &s->smoothness, &s->n_smoothness);
    for (int a = 0; aside && a < SIGNAL_ASIDE; a++)
        add_known(aside[a], &s->aside[a], &s->n_aside[a]);
    row->count = s->n;
    row->held += isnan(done->hold_s) || (double)done->hold_s >= held_enough_s;
    row->range_deg = (float)rows_mean(s->range, s->n_range);
    row->best_deg = fmaxf(row->best_deg, done->range_deg);
    row->hold_s = (float)rows_mean(s->hold, s->n_hold);
    row->smoothness = (float)rows_mean(s->smoothness, s->n_smoothness);
}
