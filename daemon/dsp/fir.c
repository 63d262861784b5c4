// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/fir.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

void fir_design_low_pass(struct fir *fir, int taps, double rate_hz, double cut_hz)
{
    double h[FIR_TAPS_MAX], sum = 0;
    double centre = 0.5 * (taps - 1), w = 2.0 * PI * cut_hz / rate_hz;
    for (int i = 0; i < taps; i++) {
        double t = i - centre;
        double sinc = fabs(t) < 1e-9 ? w / PI : sin(w * t) / (PI * t);
        h[i] = sinc * (0.54 - 0.46 * cos(2.0 * PI * i / (taps - 1)));
        sum += h[i];
    }
    fir->taps = taps;
    for (int i = 0; i < taps; i++)
        fir->h[i] = (float)(h[i] / sum);
}

void fir_reset(struct fir_state *state)
{
    memset(state, 0, sizeof *state);
}

void fir_push(const struct fir *fir, struct fir_state *state, float x)
{
    state->at = state->at == 0 ? fir->taps - 1 : state->at - 1;
    state->line[state->at] = x;
    state->line[state->at + fir->taps] = x;
}

float fir_output(const struct fir *fir, const struct fir_state *state)
{
    const float *x = state->line + state->at;
    float sum = 0;
    for (int i = 0; i < fir->taps; i++)
        sum += fir->h[i] * x[i];
    return sum;
}
