// SPDX-License-Identifier: GPL-3.0-or-later
// The last 82 s of the signal breaths are read from, by sample number. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_BREATH_HISTORY_H
#define POISE_BREATHING_BREATH_HISTORY_H

#include <stdint.h>

#define BREATH_HZ      25
#define BREATH_HISTORY 2048 // samples, a power of two

struct breath_history {
    float x[BREATH_HISTORY];
};

struct extremum {
    int64_t at;
    float x;
};

static inline float history_at(const struct breath_history *history, int64_t i)
{
    return history->x[i & (BREATH_HISTORY - 1)];
}

// x = gain · x + shift: when the two compartments are added differently, what is past follows, and no step appears.
static inline void history_change(struct breath_history *history, float gain, float shift)
{
    for (int i = 0; i < BREATH_HISTORY; i++)
        history->x[i] = gain * history->x[i] + shift;
}

#endif
