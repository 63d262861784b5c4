// SPDX-License-Identifier: GPL-3.0-or-later
// The straight line behind the stamps of one source: recursive least squares for the instant of the latest sample and
// the period, with exponential forgetting (Ljung 1999, "System Identification", ch. 11), gated against outliers. What
// other sources of the same chip say of the period comes in as a hint with its variance: their line and ours have the
// slope in common, so the least squares over both is our own line turned to the weighted mean of the slopes about the
// point that our stamps fix best. Instants in nanoseconds since the clock's base. RT-safe; the caller owns the struct.
#ifndef POISE_ALIGN_CLOCK_FIT_H
#define POISE_ALIGN_CLOCK_FIT_H

#include <stdbool.h>

#define CLOCK_JITTER_FLOOR_NS 1000.0 // below a microsecond the gates would reject the stamps' own resolution

struct clock_hint {
    double period_ns, variance; // ns and ns²; period 0: nobody says anything
};

struct clock_fit {
    double at_ns, period_ns; // latest sample and period, all that is known taken together
    bool apart;              // our stamps contradict the hint: it is not used

    double own_at_ns, own_period_ns; // by our stamps alone …
    double p00, p01, p11;            // … and their covariance in units of the stamps' variance
    double jitter_ns;                // robust scale of the residuals
    double memory_ns;                // time constant of forgetting
    double bias_ns, lag_ns;          // running means of the residuals, a long and a short one
    double run_sum_ns, run_square;   // of the current run of outliers
    int run;                         // its length
    int moves, calm;                 // re-anchorings in short order, samples since the last
};

// The fit of a line whose last of n points is at at_ns; span: periods between first and last.
void fit_begin(struct clock_fit *fit, double at_ns, double period_ns, double jitter_ns, int n, double span);

// Turns the line to what the hint adds.
void fit_join(struct clock_fit *fit, const struct clock_hint *hint);

// A residual of no more than this is jitter; beyond it, samples may be missing or the stamp may be wrong.
double fit_tolerance_ns(const struct clock_fit *fit);

void fit_predict(struct clock_fit *fit, int periods); // to the instant of the sample so many periods on

// The stamp of the sample predicted last. Returns how many samples turn out to be missing before it, which jitter had
// hidden, mostly 0; -1 when the stamps keep contradicting the line: start anew.
int fit_correct(struct clock_fit *fit, double stamp_ns, const struct clock_hint *hint);

// Variance of the period by our stamps alone, ns².
double fit_period_variance(const struct clock_fit *fit);

#endif
