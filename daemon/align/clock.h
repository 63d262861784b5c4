// SPDX-License-Identifier: GPL-3.0-or-later
// The clock of one source: its samples are taken at regular instants, which the stamps show with jitter. Start: least
// squares over the first stamps, a second time without the outliers. Then two-state recursive least squares (instant,
// period) with exponential forgetting, gated against outliers; a lasting step re-anchors the instant and keeps the
// period. Nominal rates are never used. Ljung 1999, "System Identification", ch. 11.
// RT-safe; the caller owns the struct.
#ifndef POISE_ALIGN_CLOCK_H
#define POISE_ALIGN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_START_MIN 16
#define CLOCK_START_MAX 512

struct clock_model {
    int64_t base_ns; // at_ns counts from this stamp
    double at_ns;    // estimated instant of the latest sample
    double period_ns;
    double p00, p01, p11; // covariance of (instant, period) in units of the stamps' variance
    double jitter_ns;     // robust scale of the residuals
    double memory_ns;     // time constant of forgetting
    double step_sum_ns;   // residuals of the current run of outliers
    int outliers;         // length of that run
};

struct clock_sample {
    int64_t time_ns; // estimated instant
    int missed;      // samples missing before this one
    bool restart;    // the stamp jumped back, or ahead by more than 10 s: a new clock_start is needed
};

// Fits n stamps, CLOCK_START_MIN ≤ n ≤ CLOCK_START_MAX (fewer, down to 2, at the end of a recording), and fills one
// sample per stamp. False when they define no rate. The model then stands at the last stamp.
bool clock_start(struct clock_model *clock, const int64_t *stamp_ns, int n, double memory_s,
                 struct clock_sample *samples);

struct clock_sample clock_step(struct clock_model *clock, int64_t stamp_ns);

#endif
