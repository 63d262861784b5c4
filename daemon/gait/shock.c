// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/shock.h"

#include <math.h>

#define RATE_HZ 100.0
#define FROM_HZ 9.0
#define TO_HZ   20.0
#define RMS_MIN 0.1 // m/s^2 in the band at the pelvis: walking has 0.5, noise of a cheap chip 0.02

int shock_create(struct shock *s)
{
    return spectrum_create(&s->spectrum, SHOCK_SAMPLES);
}

void shock_destroy(struct shock *s)
{
    spectrum_destroy(s->spectrum);
    s->spectrum = NULL;
}

static double band_power(struct shock *s, const float *x)
{
    spectrum_run(s->spectrum, x, SHOCK_SAMPLES);
    const float *power = spectrum_power(s->spectrum);
    double sum = 0;
    int from = (int)ceil(FROM_HZ * SHOCK_SAMPLES / RATE_HZ), to = (int)floor(TO_HZ * SHOCK_SAMPLES / RATE_HZ);
    for (int k = from; k <= to; k++)
        sum += (double)power[k];
    return sum;
}

float shock_attenuation_db(struct shock *s, const float *head, const float *pelvis)
{
    double in = band_power(s, pelvis), out = band_power(s, head);
    // A sine of amplitude A has A²/2 of power and, through the Hann window, bins that sum to 1.5 A²/4.
    double rms = sqrt(in * 4 / 1.5 / 2);
    if (!(rms >= RMS_MIN) || !(out > 0))
        return NAN;
    return (float)(10 * log10(out / in));
}
