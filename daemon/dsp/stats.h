// SPDX-License-Identifier: GPL-3.0-or-later
// Order statistics and the principal axis of small data. RT-safe.
#ifndef POISE_DSP_STATS_H
#define POISE_DSP_STATS_H

#include <stddef.h>

// Median of x[n], n ≥ 1; reorders x. The mean of the two middle ones when n is even.
double median_in_place(double *x, size_t n);
// The same of a copy: x stays as it is. n up to MEDIAN_MAX.
#define MEDIAN_MAX 512
double median(const double *x, size_t n);
double median_f(const float *x, size_t n);

// The q-quantile of x[n], n ≥ 1, 0 ≤ q ≤ 1, without interpolation; reorders x. Expected time O(n), for long arrays.
float quantile_in_place(float *x, size_t n, double q);

// Eigenvector of the largest eigenvalue of a symmetric 3×3 matrix {xx, xy, xz, yy, yz, zz} (power iteration from the
// largest diagonal). share (may be NULL) gets largest eigenvalue / trace, 0 for a zero matrix. Sign: largest component
// > 0.
void principal_axis(const double covariance[6], double axis[3], double *share);

#endif
