// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/biquad.h"

#include "dsp/units.h"

#include <math.h>

struct biquad biquad_low_pass(double rate_hz, double cut_hz, double q)
{
    double w = tan(PI * cut_hz / rate_hz);
    double norm = 1.0 / (1.0 + w / q + w * w);
    struct biquad c;
    c.b0 = w * w * norm;
    c.b1 = 2.0 * c.b0;
    c.b2 = c.b0;
    c.a1 = 2.0 * (w * w - 1.0) * norm;
    c.a2 = (1.0 - w / q + w * w) * norm;
    return c;
}

struct biquad biquad_high_pass(double rate_hz, double cut_hz, double q)
{
    double w = tan(PI * cut_hz / rate_hz);
    double norm = 1.0 / (1.0 + w / q + w * w);
    struct biquad c;
    c.b0 = norm;
    c.b1 = -2.0 * norm;
    c.b2 = norm;
    c.a1 = 2.0 * (w * w - 1.0) * norm;
    c.a2 = (1.0 - w / q + w * w) * norm;
    return c;
}
