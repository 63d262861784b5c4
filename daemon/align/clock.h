// SPDX-License-Identifier: GPL-3.0-or-later
// The clock of one source: sample n was taken at t = t0 + n · period. Start: least squares over the first stamps, twice,
// the second time without outliers. Then two-state recursive least squares with exponential forgetting, gated against
// outliers; a lasting step re-anchors the offset and keeps the period. Nominal rates are never used.
// Ljung 1999, "System Identification", ch. 11 (forgetting); gate and restart as in lab streaming practice.
// RT-safe; the caller owns the struct.
#ifndef POISE_ALIGN_CLOCK_H
#define POISE_ALIGN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_model {
    int64_t base_ns;   // times below are relative to this stamp
    double at_ns;      // estimated instant of the latest sample
    double period_ns;
    double p00, p01, p11; // covariance over measurement variance
    double jitter_ns;  // robust residual scale
    double memory_s;
    double step_sum;   // residuals of the current run of outliers
    int outliers;      // run length
    bool running;
};

// Fits n stamps (n ≥ 8). Returns false when they define no rate (all equal, or going backwards).
// missed gets, per sample, how many samples are missing before it. Leaves the model at the last stamp.
bool clock_start(struct clock_model *clock, const int64_t *stamp_ns, int n, double memory_s, uint16_t *missed);

struct clock_sample {
    int64_t time_ns; // estimated instant
    int missed;      // samples missing before this one
    bool restarted;  // the stamp jumped back or far ahead: a new start is needed, time_ns is the stamp
};
// The estimated instant of the next sample.
struct clock_sample clock_step(struct clock_model *clock, int64_t stamp_ns);

// Estimated instant of the i-th sample before the latest one, for those that clock_start() covered.
double clock_rate_hz(const struct clock_model *clock); // NaN before the start

#endif
