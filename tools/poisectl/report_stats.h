// SPDX-License-Identifier: GPL-3.0-or-later
// Order statistics of a report. All take values that are known; 0 values give NaN.
#ifndef POISE_POISECTL_REPORT_STATS_H
#define POISE_POISECTL_REPORT_STATS_H

#include <stddef.h>

struct report_stats {
    size_t n;
    double mean, sd, p5, median, p95; // sd with n − 1; NaN below two values
};

// Sorts values [n].
struct report_stats report_stats_of(float *values, size_t n);
// Of ascending values, share 0 to 1, linear between order statistics.
double report_quantile(const float *sorted, size_t n, double share);
// Without the outer fifths; sorts values.
double report_trimmed_mean(float *values, size_t n);
// 100 · 2(L−R)/(L+R); NaN when both together are no more than chance about zero.
double report_asymmetry(double left, double right);

#endif
