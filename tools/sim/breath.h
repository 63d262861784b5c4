// SPDX-License-Identifier: GPL-3.0-or-later
// One breath, from the onset of its inspiration to the next: inspiration, a longer expiration that is quick at first,
// a pause at its end, and perhaps a hold, in which the depth stays where it is. Depth is a function of the breath's
// phase (turns, 0 … 1), the phase a monotone function of time whose rate is continuous from breath to breath and 0 at
// both ends of a hold: so a depth that is read a part of a breath earlier or later is as smooth as the depth itself,
// over the borders of breaths and holds too. Times are scenario seconds.
#ifndef POISE_SIM_BREATH_H
#define POISE_SIM_BREATH_H

#include "sim/scenario.h"

#define BREATH_RIPPLES 2

struct breath {
    double start_s, period_s; // inspiration, expiration with its pause, hold
    double inspiration_s, pause_s;
    double hold_from_s, hold_s; // hold_s 0: none
    enum hold_at hold_at;
    double depth; // about 1
    bool locked;  // to the steps
    // Of the expiration while talking: parts of the depth, and how often each comes.
    double ripple[BREATH_RIPPLES], ripple_cycles[BREATH_RIPPLES], ripple_turns[BREATH_RIPPLES];
    // What breath_settle() finds.
    double start_rate_hz, end_rate_hz; // of the phase
    double in_turns, out_turns;        // where the inspiration ends and where the pause begins
};

struct breath_phase {
    double turns, rate_hz;
};

struct breath_depth {
    double value, slope; // 0 … about 1, and by the phase in turns
};

static inline double breath_active_s(const struct breath *breath)
{
    return breath->period_s - breath->hold_s;
}

// The phase of breath, whose start rate is known, in view of the next one; sets the start rate of the next.
void breath_settle(struct breath *breath, struct breath *next);

// Both of a settled breath. Phase is 0 before and 1 after it.
struct breath_phase breath_phase(const struct breath *breath, double t_s);
struct breath_depth breath_depth(const struct breath *breath, double turns);

#endif
