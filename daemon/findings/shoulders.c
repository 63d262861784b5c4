// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/shoulders.h"

#include "dsp/units.h"

#include <math.h>

#define PERIOD_NS  INT64_C(50000000)
#define BREATHS    6.0 // in the window; its main lobe is then a third of the rate wide to either side
#define MIN_S      12.0
#define MAX_S      30.0
#define MIN_BREATH 3.0
#define KNOWN      0.9  // share of the window
#define BESIDE     0.45 // of the rate: outside the main lobe

void shoulders_reset(struct shoulders *s)
{
    s->n = 0;
}

void shoulders_push(struct shoulders *s, const struct posture_angles *now, int64_t at_ns)
{
    float left = now->shoulder_elevation_left_deg, right = now->shoulder_elevation_right_deg;
    float mean = isfinite(left) && isfinite(right) ? 0.5F * (left + right) : isfinite(left) ? left : right;
    if (s->n > 0 && (at_ns <= s->newest_ns || at_ns - s->newest_ns > 2 * PERIOD_NS))
        s->n = 0; // the grid jumped
    s->elevation_deg[s->n++ % SHOULDERS_RING] = mean;
    if (s->n >= 2 * SHOULDERS_RING) // free-running, but never so long that it wraps
        s->n -= SHOULDERS_RING;
    s->newest_ns = at_ns;
}

struct stretch {
    unsigned first, n; // of the pushes
    double mean;
};

static float at(const struct shoulders *s, const struct stretch *w, unsigned i)
{
    return s->elevation_deg[(w->first + i) % SHOULDERS_RING];
}

static double hann(unsigned i, unsigned n)
{
    return 0.5 - 0.5 * cos(2 * PI * (i + 0.5) / n);
}

// Amplitude of the line at hz.
static double line(const struct shoulders *s, const struct stretch *w, double hz)
{
    double re = 0, im = 0, weights = 0;
    for (unsigned i = 0; i < w->n; i++) {
        float value = at(s, w, i);
        if (!isfinite(value))
            continue;
        double weight = hann(i, w->n), phase = 2 * PI * hz * i / SHOULDERS_HZ;
        re += weight * ((double)value - w->mean) * cos(phase);
        im += weight * ((double)value - w->mean) * sin(phase);
        weights += weight;
    }
    return 2 * hypot(re, im) / weights;
}

double shoulders_breath_deg(const struct shoulders *s, double rate_bpm, int64_t at_ns)
{
    double rate_hz = rate_bpm / 60;
    double length_s = fmin(fmax(BREATHS / rate_hz, MIN_S), MAX_S);
    int64_t half_ns = (int64_t)(length_s / 2 * 1e9);
    int64_t end_back = (s->newest_ns - at_ns - half_ns) / PERIOD_NS; // samples after the window
    unsigned n = (unsigned)(length_s * SHOULDERS_HZ), held = s->n < SHOULDERS_RING ? s->n : SHOULDERS_RING;
    end_back = end_back < 0 ? 0 : end_back;
    if (!(length_s * rate_hz >= MIN_BREATH) || end_back + n > held)
        return NAN;
    struct stretch w = {s->n - (unsigned)end_back - n, n, 0};
    double weights = 0;
    unsigned known = 0;
    for (unsigned i = 0; i < n; i++)
        if (isfinite(at(s, &w, i))) {
            w.mean += hann(i, n) * (double)at(s, &w, i);
            weights += hann(i, n);
            known++;
        }
    if (known < KNOWN * n)
        return NAN;
    w.mean /= weights;
    double amplitude = line(s, &w, rate_hz);
    double below = line(s, &w, rate_hz * (1 - BESIDE)), above = line(s, &w, rate_hz * (1 + BESIDE));
    double noise = fmin(below, above); // the stride may stand on one side
    double clean = amplitude * amplitude - noise * noise;
    return 2 * sqrt(fmax(clean, 0));
}
