// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/trace.h"

#include <string.h>

#define CUT_HZ 2.0

void trace_design(struct fir *fir)
{
    fir_design_low_pass(fir, TRACE_TAPS, MOTION_RATE_HZ, CUT_HZ);
}

void trace_reset(const struct fir *fir, struct trace *t, float x)
{
    memset(t, 0, sizeof *t);
    t->n = -TRACE_LAG; // there is no sample before the line is full
    for (int i = 0; i < fir->taps; i++)
        fir_push(fir, &t->fir, x);
}

bool trace_push(const struct fir *fir, struct trace *t, float x, const float aside[SIGNAL_ASIDE])
{
    fir_push(fir, &t->fir, x);
    if (++t->blocks % 2 != 0)
        return false;
    int64_t at = (t->n + TRACE_LAG) & (TRACE_RING - 1);
    t->raw[at] = x;
    t->smooth[at] = fir_output(fir, &t->fir);
    memcpy(t->aside[at], aside, sizeof t->aside[at]);
    return t->n++ >= 0;
}
