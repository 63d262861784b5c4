// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/canceller.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define FIRST_SAMPLES 12 // half a second: the gain begins as if it averaged over so many

void canceller_reference(struct canceller_reference *reference, double step_turns)
{
    double stride = 2 * PI * 0.5 * step_turns;
    for (int k = 0; k < STRIDE_HARMONICS; k++) {
        reference->of[2 * k] = cos((k + 1) * stride);
        reference->of[2 * k + 1] = sin((k + 1) * stride);
    }
}

void canceller_reset(struct canceller *canceller)
{
    memset(canceller, 0, sizeof *canceller);
}

float canceller_step(struct canceller *canceller, const struct canceller_reference *reference, double gain, float x)
{
    double rest = (double)x;
    for (int k = 0; k < 2 * STRIDE_HARMONICS; k++)
        rest -= canceller->weight[k] * reference->of[k];
    double early = 2.0 / (FIRST_SAMPLES + canceller->n++);
    double g = early > gain ? early : gain;
    for (int k = 0; k < 2 * STRIDE_HARMONICS; k++)
        canceller->weight[k] += g * rest * reference->of[k];
    return (float)rest;
}
