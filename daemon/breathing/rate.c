// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/rate.h"

#include <math.h>
#include <string.h>

#define MOVING_FROM_HZ   0.12
#define PERIODS          2.0 // of the slowest breath in the window
#define STRIDE_GUARD_HZ  0.06
#define LOBE             1.5  // half width of a line in 1 / window
#define OCTAVE_RATIO     1.0  // power at half the frequency, not whitened, that makes the half the breath
#define COUNT_DIFFERS    0.1  // from the line it began with: counted once more around itself
#define ENOUGH_BREATHS   4    // fewer: the line is the better rate
#define NOISE_STANDS_OUT 0.55 // share of line + band that noise alone reaches in 30 s, 19 times in 20 …
#define NOISE_LENGTH     0.55 // … and how that falls with the window's length
#define DRIFT_STANDS_OUT 0.35 // more at rest, unwhitened, where drift looks like a line
#define CONFIDENCE_AT    0.35
#define CONFIDENCE_SLOPE 0.82
#define MISSING_MAX      (1.0 / 3.0)

struct band {
    int from, to;
    int lobe;                 // bins
    float fused[BREATH_BINS]; // whitened while moving
    float plain[BREATH_BINS];
};

static double sum_between(const float *x, int from, int to)
{
    double sum = 0;
    for (int k = from; k <= to; k++)
        sum += (double)x[k];
    return sum;
}

static int largest_between(const float *x, int from, int to)
{
    int best = from;
    for (int k = from; k <= to; k++)
        if (x[k] > x[best])
            best = k;
    return best;
}

static double share_at(const struct band *band, const float *power, int peak)
{
    int from = peak - band->lobe > band->from ? peak - band->lobe : band->from;
    int to = peak + band->lobe < band->to ? peak + band->lobe : band->to;
    double all = sum_between(power, band->from, band->to);
    return all > 0 ? sum_between(power, from, to) / all : 0;
}

static bool choose_band(struct band *band, const struct breath_window *w, const struct breathing_params *params)
{
    double window_s = w->n / BREATHING_RATE_HZ;
    double from_hz = fmax(w->moving ? MOVING_FROM_HZ : params->min_bpm / 60, PERIODS / window_s);
    double to_hz = params->max_bpm / 60;
    if (w->moving)
        to_hz = fmin(to_hz, w->stride_hz - STRIDE_GUARD_HZ);
    band->from = (int)lround(breath_bin(from_hz));
    band->to = (int)lround(breath_bin(to_hz));
    band->lobe = (int)lround(breath_bin(LOBE / window_s));
    return to_hz > 2 * from_hz && band->to < BREATH_BINS;
}

// Adds a compartment's normalised power, weighted by how much of it stands in its own peak.
static void fuse(struct band *band, const struct breath_window *w, int c)
{
    float shaped[BREATH_BINS];
    for (int k = band->from; k <= band->to; k++) {
        float hz = (float)breath_hz(k);
        shaped[k] = w->power[c][k] * (w->moving ? hz * hz : 1);
    }
    double all = sum_between(shaped, band->from, band->to), plain = sum_between(w->power[c], band->from, band->to);
    if (!(all > 0))
        return;
    double share = share_at(band, shaped, largest_between(shaped, band->from, band->to));
    for (int k = band->from; k <= band->to; k++) {
        band->fused[k] += (float)(share / all) * shaped[k];
        band->plain[k] += (float)(share / plain) * w->power[c][k];
    }
}

// The line's bin, or -1. A peak at the edge of the band is at rest something slower than the window can show; while
// moving, where the whitened flank of drift may be highest, the highest true peak is taken.
static int find_peak(const struct band *band, bool moving)
{
    const float *x = band->fused;
    int peak = largest_between(x, band->from, band->to);
    if (peak > band->from && peak < band->to)
        return x[peak] > 0 ? peak : -1;
    int best = -1;
    for (int k = band->from + 1; moving && k < band->to; k++)
        if (x[k] > x[k - 1] && x[k] >= x[k + 1] && (best < 0 || x[k] > x[best]))
            best = k;
    return best;
}

// Whitening favours the second harmonic of a breath that is not a sine: without whitening the fundamental shows.
static int check_octave(const struct band *band, int peak)
{
    int half = peak / 2, near = band->lobe / 3 + 1;
    if (half < band->from + band->lobe / 2 || half - near < band->from)
        return peak;
    int top = largest_between(band->plain, half - near, half + near);
    bool is_top = top > half - near && top < half + near; // a flank of drift is no peak
    return is_top && (double)band->plain[top] > OCTAVE_RATIO * (double)band->plain[peak] ? top : peak;
}

// Counts in the band of the line, and once more in the count's own when that is another.
static void count_about(struct breath_count *count, const struct breath_window *w, struct breath_counter *counter,
                        const struct band *band, double line_hz)
{
    breath_counter_run(counter, w, line_hz, line_hz, line_hz, count);
    if (isnan(count->rate_hz) || fabs(count->rate_hz / line_hz - 1) < COUNT_DIFFERS)
        return;
    double again_hz = fmin(fmax(count->rate_hz, breath_hz(band->from)), breath_hz(band->to));
    breath_counter_run(counter, w, again_hz, again_hz, again_hz, count);
}

void rate_estimate(struct rate_estimate *e, const struct breath_window *w, struct breath_counter *counter,
                   const struct breathing_params *params)
{
    struct band band;
    *e = (struct rate_estimate){.rate_hz = NAN, .span_s = NAN, .line_hz = NAN};
    if (!choose_band(&band, w, params))
        return;
    memset(band.fused, 0, sizeof band.fused);
    memset(band.plain, 0, sizeof band.plain);
    for (int c = 0; c < N_COMPARTMENTS; c++)
        if (w->used[c])
            fuse(&band, w, c);
    int peak = find_peak(&band, w->moving);
    if (peak < 0)
        return;
    peak = check_octave(&band, peak);
    e->line_hz = breath_hz(peak_between_bins(band.fused, BREATH_BINS, (size_t)peak));
    struct breath_count count;
    count_about(&count, w, counter, &band, e->line_hz);
    bool enough = !isnan(count.rate_hz) && count.breaths >= ENOUGH_BREATHS;
    double rate_hz = enough ? count.rate_hz : e->line_hz;
    double differs = isnan(count.rate_hz) ? 0 : fmin(fabs(rate_hz - e->line_hz) / e->line_hz, 0.5);
    e->span_s = w->n / BREATHING_RATE_HZ;
    if (enough && !isnan(count.here_hz)) {
        rate_hz = count.here_hz;
        e->span_s = count.here_s;
    }
    double stands_out = share_at(&band, band.fused, peak) + count.share - 0.5 * differs;
    double noise = NOISE_STANDS_OUT * pow(fmax(1, 30 * BREATHING_RATE_HZ / w->n), NOISE_LENGTH);
    e->confidence = fmin(fmax(CONFIDENCE_AT + CONFIDENCE_SLOPE * (stands_out - noise), 0), 1);
    double least = noise + (w->moving ? 0 : DRIFT_STANDS_OUT);
    if (stands_out >= least && e->confidence >= params->min_confidence && w->missing_share <= MISSING_MAX)
        e->rate_hz = rate_hz;
}
