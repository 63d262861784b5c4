// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/smooth.h"

#include "dsp/units.h"

#include <math.h>

#define TOP_HZ    10.0 // of the spectrum …
#define BINS      160  // … in steps of 1/16 Hz: a finer grid than fourfold zero padding of the slowest movement
#define THRESHOLD 0.05 // of the spectrum at 0, below which it is no longer part of the movement
#define SHORTEST  8

// Magnitude at one frequency by a rotating pointer: fewer bins are needed than a transform would give.
static double magnitude(const float *x, int n, double turn_rad)
{
    double c = cos(turn_rad), s = sin(turn_rad), re = 1, im = 0, sum_re = 0, sum_im = 0;
    for (int i = 0; i < n; i++) {
        sum_re += (double)x[i] * re;
        sum_im += (double)x[i] * im;
        double next = re * c - im * s;
        im = re * s + im * c;
        re = next;
    }
    return hypot(sum_re, sum_im);
}

double spectral_arc_length(const float *speed, int n, double rate_hz)
{
    double level[BINS + 1], length = 0;
    if (n < SHORTEST)
        return NAN;
    for (int k = 0; k <= BINS; k++)
        level[k] = magnitude(speed, n, 2 * PI * k * TOP_HZ / BINS / rate_hz);
    if (!(level[0] > 0))
        return NAN;
    int last = BINS;
    while (last > 1 && level[last] < THRESHOLD * level[0])
        last--;
    for (int k = 1; k <= last; k++)
        length += hypot(1.0 / last, (level[k] - level[k - 1]) / level[0]);
    return -length;
}
