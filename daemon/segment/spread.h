// SPDX-License-Identifier: GPL-3.0-or-later
// How far a vector wandered about its mean, from sums that were taken along. Internal to the room; RT-safe.
#ifndef POISE_SEGMENT_SPREAD_H
#define POISE_SEGMENT_SPREAD_H

#include <math.h>

// sum of n vectors and of their squared lengths → standard deviation in their unit; n > 0.
static inline double spread_of(const double sum[3], double squared, int n)
{
    double variance = squared / n;
    for (int i = 0; i < 3; i++)
        variance -= sum[i] / n * (sum[i] / n);
    return sqrt(fmax(variance, 0));
}

#endif
