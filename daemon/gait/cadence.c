// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/cadence.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define RATE_HZ        100.0
#define STEP_FROM_HZ   0.5 // the bands in which power counts
#define STEP_TO_HZ     12.0
#define STRIDE_FROM_HZ 0.3 // below it are leaning and turning
#define STRIDE_TO_HZ   5.0
// Half the width of a line: the Hann window's, for the jitter of steps a share of the frequency besides, but never so
// much that the lines of the stride fill the band.
#define WIDTH_CELLS 1.0
#define WIDTH_MOST  0.12
// What speaks for a cadence, besides the share of the step's power in its lines: the first of these alone; a limp,
// which shows at the odd multiples of the stride; the stride's own spectra at these. And what speaks against: a line
// below the stride, where the double of a cadence has its stride.
#define FIRST_WEIGHT  0.6
#define LIMP_WEIGHT   0.25
#define STRIDE_WEIGHT 0.7
#define BELOW_WEIGHT  1.0
// Half of a cadence has all its lines and more, and explains as much: the higher one is the better explanation. And
// people do not walk at 40 as they do at 75, but what is slower than a step has room there.
#define PARSIMONY    0.1 // per octave
#define SLOW_SPM     75.0
#define SLOW_PENALTY 0.25 // per octave below

int cadence_create(struct cadence_spectra *c)
{
    memset(c, 0, sizeof *c);
    return spectrum_create(&c->spectrum, CADENCE_FFT);
}

void cadence_destroy(struct cadence_spectra *c)
{
    spectrum_destroy(c->spectrum);
    c->spectrum = NULL;
}

void cadence_begin(struct cadence_spectra *c, int n)
{
    memset(&c->step, 0, sizeof c->step);
    memset(&c->stride, 0, sizeof c->stride);
    c->n = n;
}

static double bin_of(double hz)
{
    return hz * CADENCE_FFT / RATE_HZ;
}

void cadence_add(struct cadence_spectra *c, enum cadence_kind kind, const float *x, double weight)
{
    struct cadence_fused *f = kind == CADENCE_STEP ? &c->step : &c->stride;
    size_t from = (size_t)bin_of(kind == CADENCE_STEP ? STEP_FROM_HZ : STRIDE_FROM_HZ);
    size_t to = (size_t)bin_of(kind == CADENCE_STEP ? STEP_TO_HZ : STRIDE_TO_HZ);
    spectrum_run(c->spectrum, x, (size_t)c->n);
    const float *power = spectrum_power(c->spectrum);
    double total = 0;
    for (size_t k = from; k <= to; k++)
        total += (double)power[k];
    if (!(total > 0))
        return;
    for (size_t k = 0; k < CADENCE_BINS; k++)
        f->sum[k] += weight / total * (double)power[k];
    f->weight += weight;
}

static void finish(struct cadence_fused *f)
{
    for (size_t k = 0; k < CADENCE_BINS; k++)
        f->up_to[k + 1] = f->up_to[k] + f->sum[k];
}

void cadence_end(struct cadence_spectra *c)
{
    finish(&c->step);
    finish(&c->stride);
}

double cadence_hz(int candidate)
{
    return CADENCE_FROM / 60 * pow(CADENCE_RATIO, candidate);
}

int cadence_candidate(double step_hz)
{
    long k = lround(log(step_hz * 60 / CADENCE_FROM) / log(CADENCE_RATIO));
    return (int)(k < 0 ? 0 : k >= CADENCE_GRID ? CADENCE_GRID - 1 : k);
}

static double up_to(const struct cadence_fused *f, double hz)
{
    double at = bin_of(hz) + 0.5; // a bin's power is spread over its width
    size_t k = (size_t)at;
    return f->up_to[k] + (at - (double)k) * f->sum[k];
}

// Share of the power in the lines first, first + step, … (as multiples of hz), less what noise without lines would have
// in so much of the band.
static double comb(const struct cadence_fused *f, double hz, double first, double step, double width, double from_hz,
                   double to_hz)
{
    double inside = 0, covered = 0, band = to_hz - from_hz;
    if (!(f->weight > 0))
        return 0;
    for (double m = first; m * hz - width < to_hz; m += step) {
        double from = fmax(m * hz - width, from_hz), to = fmin(m * hz + width, to_hz);
        if (to <= from)
            continue;
        inside += up_to(f, to) - up_to(f, from);
        covered += (to - from) / band;
    }
    return (fmin(inside / f->weight, 1) - covered) / (1 - covered);
}

static double width_of(const struct cadence_spectra *c, double step_hz)
{
    return fmin(WIDTH_CELLS * RATE_HZ / c->n, WIDTH_MOST * step_hz);
}

static double step_comb(const struct cadence_spectra *c, double hz, double first, double step)
{
    return comb(&c->step, hz, first, step, width_of(c, hz), STEP_FROM_HZ, STEP_TO_HZ);
}

double cadence_line_share(const struct cadence_spectra *c, double step_hz)
{
    return fmax(step_comb(c, step_hz, 0.5, 0.5), 0);
}

// From the line `first` on, `step` apart (as multiples of the step's frequency), of the stride's spectra.
static double stride_comb(const struct cadence_spectra *c, double hz, double first, double step)
{
    return fmax(comb(&c->stride, hz, first, step, width_of(c, hz / 2), STRIDE_FROM_HZ, STRIDE_TO_HZ), 0);
}

static double score_of(const struct cadence_spectra *c, bool feet, double hz)
{
    double octaves = log2(60 * hz / SLOW_SPM), prior = PARSIMONY * octaves + SLOW_PENALTY * fmin(octaves, 0);
    if (feet)
        return step_comb(c, hz, 0.5, 0.5) + prior;
    double own = step_comb(c, hz, 1, 1) + FIRST_WEIGHT * step_comb(c, hz, 1, INFINITY);
    double limp = LIMP_WEIGHT * fmax(step_comb(c, hz, 0.5, 1), 0);
    double stride = STRIDE_WEIGHT * stride_comb(c, hz, 0.5, 1), below = BELOW_WEIGHT * stride_comb(c, hz, 0.25, 0.5);
    return own + limp + stride - below + prior;
}

void cadence_scores(const struct cadence_spectra *c, bool feet, float score[CADENCE_GRID])
{
    for (int k = 0; k < CADENCE_GRID; k++)
        score[k] = (float)score_of(c, feet, cadence_hz(k));
}

double cadence_line(const struct cadence_spectra *c, double step_hz, bool feet)
{
    double hz = feet ? step_hz / 2 : step_hz;
    size_t from = (size_t)floor(bin_of(0.95 * hz)), to = (size_t)ceil(bin_of(1.05 * hz)), best = from;
    float power[CADENCE_BINS];
    for (size_t k = from - 1; k <= to + 1; k++) {
        power[k] = (float)c->step.sum[k];
        if (k >= from && k <= to && power[k] > power[best])
            best = k;
    }
    bool top = power[best] >= power[best - 1] && power[best] > power[best + 1];
    double found = top ? peak_between_bins(power, to + 2, best) * RATE_HZ / CADENCE_FFT : hz;
    return feet ? 2 * found : found;
}
