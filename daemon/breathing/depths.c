// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/rate.h"
#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define BAND_FROM 0.6 // of the rate: breaths of unequal length spread the line
#define BAND_TO   1.6
#define HANN_BINS 1.5   // equivalent noise bandwidth of the window, in 1 / window
#define SAME_LINE 0.6   // coherence of chest and abdomen from which their phase means something
#define AXIS_TOLD 0.17F // sine of 10 degrees: an axis nearer the vertical's plane has no known sign

struct bins {
    int from, to;
};

static struct bins bins_about(double rate_hz)
{
    int from = (int)lround(breath_bin(BAND_FROM * rate_hz)), to = (int)lround(breath_bin(BAND_TO * rate_hz));
    return (struct bins){from < 1 ? 1 : from, to < BREATH_BINS ? to : BREATH_BINS - 1};
}

// How a compartment's axes move together in the band: along the axis with the most power, in phase with it.
static bool find_axis(const struct breath_window *w, int c, struct bins bins, double axis[BREATH_AXES])
{
    double power[CHANNELS_MAX] = {0};
    int best = -1;
    memset(axis, 0, BREATH_AXES * sizeof *axis);
    for (int i = 0; i < w->n_channels; i++) {
        if (w->compartment[i] != c)
            continue;
        for (int k = bins.from; k <= bins.to; k++)
            power[i] +=
                (double)(w->spectrum[i][k][0] * w->spectrum[i][k][0] + w->spectrum[i][k][1] * w->spectrum[i][k][1]);
        if (best < 0 || power[i] > power[best])
            best = i;
    }
    if (best < 0 || !(power[best] > 0))
        return false;
    double norm = 0;
    for (int i = 0; i < w->n_channels; i++) {
        if (w->compartment[i] != c)
            continue;
        double product = 0;
        for (int k = bins.from; k <= bins.to; k++)
            product += (double)(w->spectrum[i][k][0] * w->spectrum[best][k][0] +
                                w->spectrum[i][k][1] * w->spectrum[best][k][1]);
        axis[w->axis[i]] = product / power[best];
        norm += axis[w->axis[i]] * axis[w->axis[i]];
    }
    for (int a = 0; a < BREATH_AXES; a++)
        axis[a] /= sqrt(norm);
    return true;
}

// Breathing in tilts chest and abdomen backward: y is negative. True when that tells the sign.
static bool give_sign(enum breath_kind kind, double axis[BREATH_AXES])
{
    if (kind == BREATH_BAND)
        return true;
    if (kind != BREATH_RELATIVE || fabs(axis[1]) < (double)AXIS_TOLD)
        return false;
    if (axis[1] > 0)
        for (int a = 0; a < BREATH_AXES; a++)
            axis[a] = -axis[a];
    return true;
}

struct line {
    double re, im;
};

static struct line line_at(const struct breath_window *w, int c, const double axis[BREATH_AXES], int k)
{
    struct line sum = {0, 0};
    for (int i = 0; i < w->n_channels; i++)
        if (w->compartment[i] == c) {
            sum.re += axis[w->axis[i]] * (double)w->spectrum[i][k][0];
            sum.im += axis[w->axis[i]] * (double)w->spectrum[i][k][1];
        }
    return sum;
}

void rate_depths(struct rate_depths *d, const struct breath_window *w, const enum breath_kind kind[], double rate_hz)
{
    struct bins bins = bins_about(rate_hz);
    bool has_sign[N_COMPARTMENTS];
    for (int c = 0; c < N_COMPARTMENTS; c++) {
        d->depth[c] = NAN;
        d->has_axis[c] = w->used[c] && find_axis(w, c, bins, d->axis[c]);
        has_sign[c] = d->has_axis[c] && give_sign(kind[c], d->axis[c]);
    }
    double power[N_COMPARTMENTS] = {0}, re = 0, im = 0;
    for (int k = bins.from; k <= bins.to; k++) {
        struct line y[N_COMPARTMENTS] = {{0, 0}};
        for (int c = 0; c < N_COMPARTMENTS; c++)
            if (d->has_axis[c]) {
                y[c] = line_at(w, c, d->axis[c], k);
                power[c] += y[c].re * y[c].re + y[c].im * y[c].im;
            }
        // abdomen times the conjugate of chest: its angle is positive when the chest comes after the abdomen
        re += y[ABDOMEN].re * y[CHEST].re + y[ABDOMEN].im * y[CHEST].im;
        im += y[ABDOMEN].im * y[CHEST].re - y[ABDOMEN].re * y[CHEST].im;
    }
    // A sine of amplitude A has A^2 / 4 at its peak and so many bins of it in all; depth is twice A.
    double line_bins = HANN_BINS * BREATH_N_FFT / w->n;
    for (int c = 0; c < N_COMPARTMENTS; c++)
        if (d->has_axis[c])
            d->depth[c] = (float)(4 * sqrt(power[c] / line_bins));
    // What both share counts, so that the noise of the smaller one does not: chest and abdomen projected on their sum.
    double common = hypot(re, im), flip = re < 0 ? -1 : 1;
    double chest = hypot(power[CHEST] + flip * re, flip * im), abdomen = hypot(power[ABDOMEN] * flip + re, im);
    d->chest_share = d->has_axis[CHEST] && d->has_axis[ABDOMEN] ? (float)(chest / (chest + abdomen)) : NAN;
    bool told = has_sign[CHEST] && has_sign[ABDOMEN] && common > SAME_LINE * sqrt(power[CHEST] * power[ABDOMEN]);
    d->phase_deg = told ? (float)(atan2(im, re) * DEG_PER_RAD) : NAN;
}
