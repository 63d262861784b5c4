// SPDX-License-Identifier: GPL-3.0-or-later
// The recent past of a part's angle at 50 Hz, as measured and low-passed, with the angles beside it: what a repetition
// is measured on when it is over. Samples are numbered from 0; the low-passed angle lags, so sample n is there when the
// angle of n + TRACE_LAG is. Internal to the room; RT-safe; the caller owns the struct.
#ifndef POISE_EXERCISE_TRACE_H
#define POISE_EXERCISE_TRACE_H

#include "dsp/fir.h"
#include "exercise/signals.h"

#include <stdint.h>

#define TRACE_HZ   50.0
#define TRACE_RING 4096 // 82 s
#define TRACE_TAPS 61
#define TRACE_LAG  15 // samples: (61 - 1) / 2 blocks
#define TRACE_SPAN (TRACE_RING - 2 * TRACE_LAG)

struct trace {
    struct fir_state fir;
    int64_t n;      // low-passed samples so far
    int64_t blocks; // since the start
    float raw[TRACE_RING], smooth[TRACE_RING], aside[TRACE_RING][SIGNAL_ASIDE];
};

// Cut at 2 Hz: a tremor is out, of a movement of 0.8 s its time and its reach are in.
void trace_design(struct fir *fir);
// Starts from this angle.
void trace_reset(const struct fir *fir, struct trace *trace, float x);
// One block; true when there is a new sample, number trace->n - 1.
bool trace_push(const struct fir *fir, struct trace *trace, float x, const float aside[SIGNAL_ASIDE]);

static inline float trace_smooth(const struct trace *t, int64_t i)
{
    return t->smooth[(i + TRACE_LAG) & (TRACE_RING - 1)];
}

static inline float trace_raw(const struct trace *t, int64_t i)
{
    return t->raw[i & (TRACE_RING - 1)];
}

static inline float trace_aside(const struct trace *t, int64_t i, int which)
{
    return t->aside[i & (TRACE_RING - 1)][which];
}

#endif
