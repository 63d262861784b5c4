// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/count.h"

#include "dsp/stats.h"
#include "dsp/units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_N_FFT (2 * BREATH_RING)
#define HYSTERESIS   0.47 // of the median magnitude: 0.3 of the usual amplitude
#define HERE_S       10.0 // half of the stretch whose rate is told …
#define HERE_BREATHS 4    // … unless it has fewer breaths
#define GAP_SAMPLES  6    // an interval with more missing ones is not counted
#define STRIDE_CLEAR 0.03 // Hz below the stride's frequency, where the cancelled gait leaves a rest …
#define STRIDE_SLOPE 0.12 // … that counts less and less

int breath_counter_create(struct breath_counter **out)
{
    struct breath_counter *c = *out = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    int rc = fft_filter_create(&c->filter, FILTER_N_FFT);
    if (rc != 0) {
        free(c);
        *out = NULL;
    }
    return rc;
}

void breath_counter_destroy(struct breath_counter *c)
{
    if (!c)
        return;
    fft_filter_destroy(c->filter);
    free(c);
}

struct channel_line {
    double in, noise; // power at the line; beside it
};

static void measure_line(const struct breath_window *w, int channel, double line_hz, struct channel_line *line)
{
    int half = (int)lround(breath_bin(BREATHING_RATE_HZ / w->n)), peak = (int)lround(breath_bin(line_hz));
    int from = (int)lround(breath_bin(0.6 * line_hz)), to = (int)lround(breath_bin(1.6 * line_hz));
    double in = 0, all = 0;
    for (int k = from < peak - half ? from : peak - half; k <= (to > peak + half ? to : peak + half); k++) {
        if (k < 1 || k >= BREATH_BINS)
            continue;
        const float *y = w->spectrum[channel][k];
        double power = (double)(y[0] * y[0] + y[1] * y[1]);
        in += k >= peak - half && k <= peak + half ? power : 0;
        all += k >= from && k <= to ? power : 0;
    }
    line->in = in;
    line->noise = fmax(all - in, 0.05 * all) + 1e-20;
}

// Adds the channels as a matched filter would, in phase with the clearest one: a paradoxical abdomen counts negative.
static void add_channels(struct breath_counter *c, const struct breath_window *w, double line_hz)
{
    struct channel_line line[CHANNELS_MAX];
    double weight[CHANNELS_MAX], largest = 1e-30;
    int best = 0;
    for (int i = 0; i < w->n_channels; i++) {
        measure_line(w, i, line_hz, &line[i]);
        if (line[i].in / line[i].noise > line[best].in / line[best].noise)
            best = i;
    }
    int half = (int)lround(breath_bin(BREATHING_RATE_HZ / w->n)), peak = (int)lround(breath_bin(line_hz));
    for (int i = 0; i < w->n_channels; i++) {
        double product = 0;
        for (int k = peak - half > 1 ? peak - half : 1; k <= peak + half && k < BREATH_BINS; k++) {
            const float *y = w->spectrum[i][k], *of = w->spectrum[best][k];
            product += (double)(y[0] * of[0] + y[1] * of[1]);
        }
        weight[i] = product / line[i].noise;
        largest = fmax(largest, fabs(weight[i]));
    }
    memset(c->sum, 0, (size_t)w->n * sizeof *c->sum);
    for (int i = 0; i < w->n_channels; i++) {
        float share = (float)(weight[i] / largest);
        for (int k = 0; k < w->n; k++)
            c->sum[k] += share * w->x[i][k];
    }
}

static double raised(double x) // 0 … 1, smooth
{
    return 0.5 - 0.5 * cos(PI * fmin(fmax(x, 0), 1));
}

// From half the slow line's frequency to a little above the fast one's double, in octaves.
static void design_band(struct breath_counter *c, const struct breath_window *w, double slow_hz, double fast_hz)
{
    c->gain[0] = 0;
    for (int k = 1; k <= FILTER_N_FFT / 2; k++) {
        double hz = k * BREATHING_RATE_HZ / FILTER_N_FFT;
        double gain = raised(fmin((log2(hz / slow_hz) + 1) / 0.5, (1.25 - log2(hz / fast_hz)) / 0.5));
        if (w->moving)
            gain *= fmin(fmax((w->stride_hz - STRIDE_CLEAR - hz) / STRIDE_SLOPE, 0), 1);
        c->gain[k] = (float)gain;
    }
}

// Crossings of zero, upward for sign 1, between an excursion below -h and one above h. Returns how many.
static int find_crossings(const float *y, int n, double sign, double h, double crossing[CROSSINGS_MAX])
{
    bool below = false;
    double at = -1;
    int found = 0;
    for (int i = 1; i < n; i++) {
        double now = sign * (double)y[i], before = sign * (double)y[i - 1];
        if (now < -h) {
            below = true;
            at = -1;
        }
        if (below && before < 0 && now >= 0)
            at = i - 1 - before / (now - before);
        if (below && at >= 0 && now > h && found < CROSSINGS_MAX) {
            crossing[found++] = at;
            below = false;
        }
    }
    return found;
}

struct intervals {
    int counted;
    double time; // samples
};

static void add_interval(struct intervals *sum, const struct breath_window *w, double from, double to)
{
    int gap = 0;
    for (int i = (int)from; i < (int)ceil(to) && i < w->n; i++)
        gap += w->missing[i];
    if (gap > GAP_SAMPLES)
        return;
    sum->counted++;
    sum->time += to - from;
}

// The intervals that touch the span about the window's centre; NaN when fewer than `least` of them count.
static double rate_within(const struct breath_counter *c, const struct breath_window *w, int which, double half,
                          int least)
{
    const double *x = c->crossing[which], centre = 0.5 * w->n;
    struct intervals sum = {0, 0};
    for (int i = 1; i < c->n_crossings[which]; i++)
        if (x[i] > centre - half && x[i - 1] < centre + half)
            add_interval(&sum, w, x[i - 1], x[i]);
    return sum.counted >= least ? sum.counted * BREATHING_RATE_HZ / sum.time : (double)NAN;
}

static double rate_both(const struct breath_counter *c, const struct breath_window *w, double half, int least)
{
    double up_hz = rate_within(c, w, 0, half, least), down_hz = rate_within(c, w, 1, half, least);
    return isnan(up_hz) ? down_hz : isnan(down_hz) ? up_hz : 0.5 * (up_hz + down_hz);
}

// The span grows until it has the breaths it needs, or is the window.
static void count_here(const struct breath_counter *c, const struct breath_window *w, struct breath_count *count)
{
    double half = HERE_S * BREATHING_RATE_HZ;
    for (; half < 0.5 * w->n; half += BREATHING_RATE_HZ) {
        count->here_hz = rate_both(c, w, half, HERE_BREATHS);
        if (!isnan(count->here_hz))
            break;
    }
    count->here_s = 2 * half / BREATHING_RATE_HZ;
}

void breath_counter_run(struct breath_counter *c, const struct breath_window *w, double line_hz, double slow_hz,
                        double fast_hz, struct breath_count *count)
{
    add_channels(c, w, line_hz);
    design_band(c, w, slow_hz, fast_hz);
    int period = (int)(BREATHING_RATE_HZ / slow_hz), ends = period < w->n - 1 ? period : w->n - 1;
    fft_filter_run(c->filter, c->sum, (size_t)w->n, (size_t)ends, c->gain, c->band);
    double all = 0, band = 0;
    for (int i = 0; i < w->n; i++) {
        all += (double)(c->sum[i] * c->sum[i]);
        band += (double)(c->band[i] * c->band[i]);
        c->sum[i] = fabsf(c->band[i]);
    }
    double h = HYSTERESIS * (double)quantile_in_place(c->sum, (size_t)w->n, 0.5);
    c->n_crossings[0] = find_crossings(c->band, w->n, 1, h, c->crossing[0]);
    c->n_crossings[1] = find_crossings(c->band, w->n, -1, h, c->crossing[1]);
    count->rate_hz = rate_both(c, w, w->n, 2);
    count->here_hz = count->here_s = (double)NAN;
    count_here(c, w, count);
    count->breaths = c->n_crossings[0] < c->n_crossings[1] ? c->n_crossings[0] : c->n_crossings[1];
    count->share = all > 0 ? fmin(1, band / all) : 0;
}
