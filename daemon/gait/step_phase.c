// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/step_phase.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define PI            3.14159265358979323846
#define SAMPLE_S      0.01
#define CUT_OF_STEP   0.3 // low-pass cut as a share of the step frequency: the next line is one stride away (0.5)
#define SETTLE_STEPS  2.0
#define MIN_INTERVALS 4

void step_phase_reset(struct step_phase *p)
{
    memset(p, 0, sizeof *p);
    p->last_step_s = NAN;
}

static void count_step(struct step_phase *p, double before, double after)
{
    double whole = floor(after);
    if (!(whole > floor(before)) || after <= before)
        return;
    double at_s = p->seconds - SAMPLE_S * (after - whole) / (after - before);
    if (isfinite(p->last_step_s) && at_s > p->last_step_s) {
        memmove(p->interval_s + 1, p->interval_s, (STEP_INTERVALS - 1) * sizeof *p->interval_s);
        p->interval_s[0] = (float)(at_s - p->last_step_s);
        if (p->n_intervals < STEP_INTERVALS)
            p->n_intervals++;
    }
    p->last_step_s = at_s;
}

void step_phase_step(struct step_phase *p, double step_hz, double x)
{
    p->seconds += SAMPLE_S;
    p->carrier_turns += step_hz * SAMPLE_S;
    double angle = 2 * PI * p->carrier_turns;
    double gain = 1 - exp(-2 * PI * CUT_OF_STEP * step_hz * SAMPLE_S);
    double i = x * cos(angle), q = -x * sin(angle);
    for (int k = 0; k < 2; k++) {
        i = p->in_phase[k] += gain * (i - p->in_phase[k]);
        q = p->quadrature[k] += gain * (q - p->quadrature[k]);
    }
    double argument = atan2(q, i) / (2 * PI);
    argument += round(p->argument_turns - argument);
    double before = p->turns;
    p->argument_turns = argument;
    p->turns = p->carrier_turns + argument;
    if (p->seconds * step_hz > SETTLE_STEPS)
        count_step(p, before, p->turns);
}

float step_phase_cadence_spm(const struct step_phase *p)
{
    if (p->n_intervals < MIN_INTERVALS)
        return NAN;
    double interval[STEP_INTERVALS];
    for (int i = 0; i < p->n_intervals; i++)
        interval[i] = (double)p->interval_s[i];
    return (float)(60.0 / median_in_place(interval, (size_t)p->n_intervals));
}
