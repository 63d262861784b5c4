// SPDX-License-Identifier: GPL-3.0-or-later
#include "pack/bounce.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define WAVE_POINTS 128
#define STILL_MM    1.0 // amplitude below which a phase means nothing

void bounce_begin(struct bounce *b)
{
    memset(b, 0, sizeof *b);
}

static void add(struct bounce_complex *sum, double x, double c, double s)
{
    sum->re += x * c;
    sum->im -= x * s;
}

void bounce_add(struct bounce *b, double turns, double rise_turns, double sample_s, double trunk, double pack)
{
    double middle = turns - 0.5 * rise_turns;
    double angle = 2 * PI * (middle - floor(middle)), c1 = cos(angle), s1 = sin(angle), c = c1, s = s1;
    for (int k = 0; k < BOUNCE_HARMONICS; k++) {
        add(&b->trunk[k], trunk * rise_turns, c, s);
        add(&b->pack[k], pack * rise_turns, c, s);
        double next = c * c1 - s * s1;
        s = s * c1 + c * s1;
        c = next;
    }
    b->turns += rise_turns;
    b->seconds += sample_s;
}

static double step_hz(const struct bounce *b)
{
    return b->turns / b->seconds;
}

double bounce_range_mm(const struct bounce *b)
{
    struct bounce_complex wave[BOUNCE_HARMONICS];
    for (int k = 0; k < BOUNCE_HARMONICS; k++) {
        double omega = 2 * PI * (k + 1) * step_hz(b);
        double scale = -1000 * 2 / (b->turns * omega * omega);
        wave[k].re = scale * (b->pack[k].re - b->trunk[k].re);
        wave[k].im = scale * (b->pack[k].im - b->trunk[k].im);
    }
    double high = -INFINITY, low = INFINITY;
    for (int i = 0; i < WAVE_POINTS; i++) {
        double x = 0;
        for (int k = 0; k < BOUNCE_HARMONICS; k++) {
            double angle = 2 * PI * (k + 1) * i / WAVE_POINTS;
            x += wave[k].re * cos(angle) - wave[k].im * sin(angle);
        }
        high = fmax(high, x);
        low = fmin(low, x);
    }
    return high - low;
}

double bounce_lag_ms(const struct bounce *b)
{
    double hz = step_hz(b), omega = 2 * PI * hz, to_mm = 1000 * 2 / (b->turns * omega * omega);
    struct bounce_complex t = b->trunk[0], p = b->pack[0];
    if (!(to_mm * hypot(t.re, t.im) >= STILL_MM) || !(to_mm * hypot(p.re, p.im) >= STILL_MM))
        return NAN;
    double ahead = atan2(t.im * p.re - t.re * p.im, t.re * p.re + t.im * p.im); // of the trunk before the pack, rad
    return 1000 * ahead / omega;
}
