// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Insertion sort: the arrays are short, and qsort() may allocate.
static void sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double value = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > value; j--)
            x[j] = x[j - 1];
        x[j] = value;
    }
}

double median_in_place(double *x, size_t n)
{
    sort(x, n);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

double median(const double *x, size_t n)
{
    double copy[MEDIAN_MAX];
    memcpy(copy, x, n * sizeof *x);
    return median_in_place(copy, n);
}

double median_f(const float *x, size_t n)
{
    double copy[MEDIAN_MAX];
    for (size_t i = 0; i < n; i++)
        copy[i] = (double)x[i];
    return median_in_place(copy, n);
}

// Hoare's selection: after it x[k] is in its sorted place. The pivot from the middle keeps sorted input fast.
static float select_kth(float *x, size_t n, size_t k)
{
    size_t left = 0, right = n - 1;
    while (left < right) {
        float pivot = x[left + (right - left) / 2];
        size_t i = left, j = right;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            float swapped = x[i];
            x[i++] = x[j];
            x[j--] = swapped;
        }
        // Now x[left … j] ≤ pivot ≤ x[j + 1 … right].
        if (k <= j)
            right = j;
        else
            left = j + 1;
    }
    return x[k];
}

float quantile_in_place(float *x, size_t n, double q)
{
    return select_kth(x, n, (size_t)lround(q * (double)(n - 1)));
}

static void multiply(const double c[6], const double v[3], double out[3])
{
    out[0] = c[0] * v[0] + c[1] * v[1] + c[2] * v[2];
    out[1] = c[1] * v[0] + c[3] * v[1] + c[4] * v[2];
    out[2] = c[2] * v[0] + c[4] * v[1] + c[5] * v[2];
}

void principal_axis(const double c[6], double axis[3], double *share)
{
    double trace = c[0] + c[3] + c[5];
    int k = c[0] >= c[3] && c[0] >= c[5] ? 0 : c[3] >= c[5] ? 1 : 2;
    memset(axis, 0, 3 * sizeof *axis);
    axis[k] = 1.0;
    double norm = 0;
    for (int i = 0; i < 64 && trace > 0; i++) {
        double next[3];
        multiply(c, axis, next);
        norm = sqrt(next[0] * next[0] + next[1] * next[1] + next[2] * next[2]);
        if (!(norm > 0))
            break;
        double moved = 0;
        for (int j = 0; j < 3; j++) {
            next[j] /= norm;
            moved += fabs(next[j] - axis[j]);
            axis[j] = next[j];
        }
        if (moved < 1e-12)
            break;
    }
    int largest = 0;
    for (int j = 1; j < 3; j++)
        if (fabs(axis[j]) > fabs(axis[largest]))
            largest = j;
    if (axis[largest] < 0)
        for (int j = 0; j < 3; j++)
            axis[j] = -axis[j];
    if (share)
        *share = trace > 0 ? norm / trace : 0;
}
