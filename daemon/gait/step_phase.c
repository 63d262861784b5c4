// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/step_phase.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define SAMPLE_S    0.01
#define CUT_OF_STEP 0.3 // low-pass cut as a share of the step frequency: the next line is one stride away (0.5)

void step_phase_reset(struct step_phase *p)
{
    memset(p, 0, sizeof *p);
}

void step_phase_step(struct step_phase *p, double step_hz, double x)
{
    p->carrier_turns += step_hz * SAMPLE_S;
    double angle = 2 * PI * p->carrier_turns;
    double gain = 1 - exp(-2 * PI * CUT_OF_STEP * step_hz * SAMPLE_S);
    double i = x * cos(angle), q = -x * sin(angle);
    for (int k = 0; k < 2; k++) {
        i = p->in_phase[k] += gain * (i - p->in_phase[k]);
        q = p->quadrature[k] += gain * (q - p->quadrature[k]);
    }
    double argument = atan2(q, i) / (2 * PI);
    argument += round(p->argument_turns - argument);
    p->argument_turns = argument;
    p->turns = p->carrier_turns + argument;
}
