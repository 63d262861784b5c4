// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/overstride.h"

#include <math.h>

#define LEG_USUAL_M     0.90
#define RUN_SPEED_M_S   3.0
#define RUN_HZ          2.83   // 170 steps/min at 3 m/s: preferred and, Lieberman et al. 2015, the most economical
#define RUN_HZ_PER_M_S  0.12   // Cavanagh & Kram 1989: 4 % from 3.15 to 4.12 m/s
#define RUN_LEG_POWER   (-0.3) // of the leg's length; theirs correlates with 0.36 at most, so this is weak
#define WALK_RATIO      0.39   // m per Hz: 0.0065 m per step/min, the same at all but slow speeds (Sekiya 1996)
#define LENGTH_SD       0.05   // of the usual step: 8.8 of 172.6 steps/min among runners (Heiderscheit 2011)
#define BRAKING_USUAL   0.6 // of the impact, as measured here: level and uphill trials of treadmill_run_grf, one person
#define BRAKING_SD      0.2
#define BOUNCE_USUAL_MM 92.0
#define BOUNCE_SD_MM    15.0
#define LENGTH_WEIGHT   0.7
#define BRAKING_WEIGHT  0.15
#define BOUNCE_WEIGHT   0.15
#define PART_MAX        4.0 // no part alone makes the index

double overstride_usual_step_m(bool running, double speed_m_s, double leg_length_m)
{
    double leg = leg_length_m / LEG_USUAL_M;
    if (!running)
        return sqrt(speed_m_s * WALK_RATIO * leg);
    return speed_m_s / ((RUN_HZ + RUN_HZ_PER_M_S * (speed_m_s - RUN_SPEED_M_S)) * pow(leg, RUN_LEG_POWER));
}

static void add(double part, double weight, double *sum, double *weights)
{
    if (!isfinite(part))
        return;
    *sum += weight * fmin(fmax(part, -PART_MAX), PART_MAX);
    *weights += weight;
}

double overstride_index(const struct overstride_input *in)
{
    if (!(in->speed_m_s > 0) || !(in->leg_length_m > 0) || !(in->step_length_m > 0))
        return NAN;
    double usual = overstride_usual_step_m(in->running, in->speed_m_s, in->leg_length_m);
    double sum = 0, weights = 0;
    add((in->step_length_m / usual - 1) / LENGTH_SD, LENGTH_WEIGHT, &sum, &weights);
    if (in->running) { // in walking neither has been tied to the step's length
        add((in->braking_g / in->impact_g - BRAKING_USUAL) / BRAKING_SD, BRAKING_WEIGHT, &sum, &weights);
        add((in->vertical_oscillation_mm - BOUNCE_USUAL_MM) / BOUNCE_SD_MM, BOUNCE_WEIGHT, &sum, &weights);
    }
    return sum / weights;
}
