// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/usual.h"

#include "findings/ten_seconds.h"

#include <math.h>

#define PER_MINUTE       6.0
#define BEFORE_MAX       60.0F // minutes
#define FOLD_MIN_MINUTES 1.0F
#define RHO_MAX          0.9 // a longer memory cannot be told from thirty means

int usual_bin(double speed_m_s)
{
    if (!(speed_m_s > 0))
        return USUAL_UNKNOWN_BIN;
    double bin = round(speed_m_s / USUAL_SPEED_STEP);
    return bin >= 1 && bin < USUAL_SPEEDS ? (int)bin : -1;
}

void usual_add(struct usual_cell *cell, float value, float previous)
{
    double n = round((double)cell->minutes * PER_MINUTE), sd = (double)cell->sd;
    double variance = sd * sd, differences = 2 * variance * (1 - (double)cell->rho);
    double mean = n > 0 ? (double)cell->mean : 0, off = (double)value - mean;
    mean += off / (n + 1);
    if (n >= 1)
        variance += (off * ((double)value - mean) - variance) / n;
    double rho = (double)cell->rho;
    if (isfinite(previous) && n >= 1 && variance > 0) {
        double step = (double)value - (double)previous;
        differences += (step * step - differences) / n;
        rho = fmin(fmax(1 - differences / (2 * variance), -0.99), 0.99);
    }
    cell->mean = (float)mean;
    cell->sd = (float)sqrt(fmax(variance, 0));
    cell->rho = (float)rho;
    cell->minutes = (float)((n + 1) / PER_MINUTE);
}

static void fold_cell(struct usual_cell *before, const struct usual_cell *now)
{
    double w_old = (double)before->minutes, w_now = (double)now->minutes, all = w_old + w_now;
    double off = (double)now->mean - (double)before->mean;
    double old_variance = (double)before->sd * (double)before->sd;
    double now_variance = (double)now->sd * (double)now->sd;
    // What differs from session to session is part of what is usual.
    double variance = (w_old * old_variance + w_now * now_variance) / all + off * off * w_old * w_now / (all * all);
    before->rho = (float)((w_old * (double)before->rho + w_now * (double)now->rho) / all);
    before->mean = (float)((double)before->mean + off * w_now / all);
    before->sd = (float)sqrt(variance);
    before->minutes = fminf((float)all, BEFORE_MAX);
}

// Without a speed, another cadence is another speed: the newer one replaces the older.
static bool is_other_pace(const struct usual_cell *before, const struct usual_cell *now)
{
    const struct usual_cell *b = &before[QUANTITY_CADENCE], *n = &now[QUANTITY_CADENCE];
    return b->minutes > 0 && n->minutes > 0 && fabsf(b->mean - n->mean) > USUAL_CADENCE_BAND;
}

bool usual_fold(struct usual *before, const struct usual *now)
{
    bool any = false;
    for (int gait = 0; gait < USUAL_GAITS; gait++)
        for (int bin = 0; bin < USUAL_SPEEDS; bin++) {
            struct usual_cell *to = before->cell[gait][bin];
            const struct usual_cell *from = now->cell[gait][bin];
            bool replaced = bin == USUAL_UNKNOWN_BIN && is_other_pace(to, from);
            for (int q = 0; q < N_QUANTITIES; q++) {
                if (replaced)
                    to[q] = (struct usual_cell){0};
                if (from[q].minutes < FOLD_MIN_MINUTES)
                    continue;
                fold_cell(&to[q], &from[q]);
                any = true;
            }
        }
    return any;
}

static bool tells(const struct usual_cell *cell, float min_minutes)
{
    return cell->minutes > 0 && cell->minutes >= min_minutes;
}

static void between(const struct usual_cell *a, const struct usual_cell *b, float share, struct usual_cell *cell)
{
    cell->mean = a->mean + share * (b->mean - a->mean);
    cell->sd = fmaxf(a->sd, b->sd);
    cell->rho = fmaxf(a->rho, b->rho);
    cell->minutes = fminf(a->minutes, b->minutes);
}

static bool look_up_unknown(const struct usual_cell *at, float cadence_spm, enum quantity q, float min_minutes,
                            struct usual_cell *cell)
{
    const struct usual_cell *pace = &at[QUANTITY_CADENCE];
    if (!tells(pace, min_minutes) || !(fabsf(cadence_spm - pace->mean) <= USUAL_CADENCE_BAND))
        return false;
    *cell = at[q];
    return tells(cell, min_minutes);
}

bool usual_look_up(const struct usual *u, int gait, double speed_m_s, float cadence_spm, enum quantity q,
                   float min_minutes, struct usual_cell *cell)
{
    int bin = usual_bin(speed_m_s);
    *cell = (struct usual_cell){0};
    if (gait == GAIT_NONE || bin < 0)
        return false;
    if (bin == USUAL_UNKNOWN_BIN)
        return look_up_unknown(u->cell[gait][bin], cadence_spm, q, min_minutes, cell);
    const struct usual_cell *own = &u->cell[gait][bin][q];
    if (tells(own, min_minutes)) {
        *cell = *own;
        return true;
    }
    double off = speed_m_s / USUAL_SPEED_STEP - bin; // -0.5 … 0.5
    const struct usual_cell *below = bin > 1 ? &u->cell[gait][bin - 1][q] : NULL;
    const struct usual_cell *above = bin + 1 < USUAL_SPEEDS ? &u->cell[gait][bin + 1][q] : NULL;
    bool has_below = below && tells(below, min_minutes), has_above = above && tells(above, min_minutes);
    if (has_below && has_above)
        between(below, above, (float)(0.5 + 0.5 * off), cell);
    else if (has_below && off <= 0)
        *cell = *below;
    else if (has_above && off >= 0)
        *cell = *above;
    return tells(cell, min_minutes);
}

double usual_long_sd(const struct usual_cell *cell)
{
    double n = fmax(round((double)cell->minutes * PER_MINUTE), 2), sd = (double)cell->sd;
    double differences = 2 * sd * sd * (1 - (double)cell->rho), variance = sd * sd, rho = 0;
    if (!(variance > 0))
        return 0;
    for (int i = 0; i < 4; i++) { // the mean of n took out the variance of that mean
        rho = fmin(fmax(1 - differences / (2 * variance), 0), RHO_MAX);
        variance = sd * sd / fmax(1 - (1 + rho) / (1 - rho) / n, 0.4);
    }
    return sqrt(variance * (1 + rho) / (1 - rho));
}
