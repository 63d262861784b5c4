// SPDX-License-Identifier: GPL-3.0-or-later
// The last 20 steps in one struct: means that a stumble does not move (a fifth is left out at either end), duty factor,
// variability, and left–right asymmetries with their confidence intervals. In: each complete step. Steps of the other
// gait and steps of more than 20 s ago do not count. Definitions and errors: docs/running-dynamics.md. Internal to the
// room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_SUMMARY_H
#define POISE_GAIT_SUMMARY_H

#include "frames/motion.h"
#include "frames/output.h"

#define SUMMARY_STEPS 20

struct summary {
    int n, next; // steps held, where the next goes
    struct step step[SUMMARY_STEPS];
    struct step_result result[SUMMARY_STEPS];
};

struct summary_input {
    double now_frame;
    double speed_m_s, leg_length_m; // NaN: not known
};

struct asymmetry {
    float pct, ci_pct; // 100 · 2(L - R)/(L + R) and half its 95 % confidence interval; NaN: too few steps
};

void summary_reset(struct summary *summary);
void summary_push(struct summary *summary, const struct step *step, const struct step_result *result);
// Fills all of *result but shock_attenuation_db and the eversions, which are set to NaN. False: no step counts, and
// all is NaN.
bool summary_measure(const struct summary *summary, const struct summary_input *input, struct gait_result *result);

// Of n values in the order of the steps, each of a foot (enum foot; other values are left out); follows[i]: step i
// began where step i - 1 ended.
struct asymmetry asymmetry_of(const double *value, const int *foot, const bool *follows, int n);

#endif
