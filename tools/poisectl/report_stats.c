// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_stats.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

double report_quantile(const float *sorted, size_t n, double share)
{
    if (n == 0)
        return (double)NAN;
    double place = share * (double)(n - 1);
    size_t at = (size_t)place;
    if (at >= n - 1)
        return (double)sorted[n - 1];
    double low = (double)sorted[at], high = (double)sorted[at + 1];
    return low + (place - (double)at) * (high - low);
}

static double mean_of(const float *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i];
    return n > 0 ? sum / (double)n : (double)NAN;
}

struct report_stats report_stats_of(float *values, size_t n)
{
    struct report_stats stats = {.n = n, .mean = mean_of(values, n), .sd = (double)NAN};
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += ((double)values[i] - stats.mean) * ((double)values[i] - stats.mean);
    if (n > 1)
        stats.sd = sqrt(squares / (double)(n - 1));
    if (n > 0)
        qsort(values, n, sizeof *values, ascending);
    stats.p5 = report_quantile(values, n, 0.05);
    stats.median = report_quantile(values, n, 0.5);
    stats.p95 = report_quantile(values, n, 0.95);
    return stats;
}

double report_trimmed_mean(float *values, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(values, n, sizeof *values, ascending);
    size_t cut = n / 5;
    return mean_of(values + cut, n - 2 * cut);
}

double report_asymmetry(double left, double right)
{
    double both = left + right;
    return both > 0 ? 200 * (left - right) / both : (double)NAN;
}
