// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/breath.h"

#include "sim/phasor.h"

#define EARLY 0.3 // how much quicker than its mean an expiration begins, and how much slower it ends

// Cubic Hermite from one phase to another, by the rates at both ends. Monotone: neither is above three times the mean.
static struct breath_phase between(double from, double to, double start_rate_hz, double end_rate_hz, double span_s,
                                   double after_s)
{
    double x = after_s / span_s, by = to - from, m0 = start_rate_hz * span_s, m1 = end_rate_hz * span_s;
    double a = m0 + m1 - 2 * by, b = 3 * by - 2 * m0 - m1;
    return (struct breath_phase){from + x * (m0 + x * (b + x * a)), (m0 + x * (2 * b + x * 3 * a)) / span_s};
}

struct breath_phase breath_phase(const struct breath *breath, double t_s)
{
    double after_s = t_s - breath->start_s, active_s = breath_active_s(breath);
    bool held = breath->hold_s > 0;
    if (after_s <= 0)
        return (struct breath_phase){0, breath->start_rate_hz};
    if (held && breath->hold_at == HOLD_AT_END_INSPIRATION) {
        double in_s = breath->inspiration_s, on_s = after_s - in_s - breath->hold_s;
        if (after_s < in_s)
            return between(0, breath->in_turns, breath->start_rate_hz, 0, in_s, after_s);
        if (on_s < 0)
            return (struct breath_phase){breath->in_turns, 0};
        if (on_s < active_s - in_s)
            return between(breath->in_turns, 1, 0, breath->end_rate_hz, active_s - in_s, on_s);
    } else if (after_s < active_s) {
        return between(0, 1, breath->start_rate_hz, held ? 0 : breath->end_rate_hz, active_s, after_s);
    }
    return (struct breath_phase){1, held && breath->hold_at == HOLD_AT_END_EXPIRATION ? 0 : breath->end_rate_hz};
}

void breath_settle(struct breath *breath, struct breath *next)
{
    double active_s = breath_active_s(breath);
    bool held_out = breath->hold_s > 0 && breath->hold_at == HOLD_AT_END_EXPIRATION;
    breath->end_rate_hz = held_out ? 0 : 2 / (active_s + breath_active_s(next));
    next->start_rate_hz = breath->end_rate_hz;
    // The times of inspiration and pause are given; the phase they come at follows. An inspiration that is held ends at
    // its share.
    breath->in_turns = breath->inspiration_s / active_s;
    if (breath->hold_s <= 0 || held_out)
        breath->in_turns = breath_phase(breath, breath->start_s + breath->inspiration_s).turns;
    double hold_s = held_out ? breath->hold_s : 0;
    breath->out_turns = breath_phase(breath, breath->start_s + breath->period_s - hold_s - breath->pause_s).turns;
}

struct breath_depth breath_depth(const struct breath *breath, double turns)
{
    double in = breath->in_turns, out_span = breath->out_turns - in, half = TURN_RAD / 2;
    if (turns <= 0 || turns >= breath->out_turns)
        return (struct breath_depth){0, 0};
    if (turns < in) {
        struct phasor at = phasor_at(turns / in / 2);
        return (struct breath_depth){breath->depth * (1 - at.c) / 2, breath->depth * at.s * half / in / 2};
    }
    double u = (turns - in) / out_span, v = u * (1 - u), v_slope = 1 - 2 * u;
    struct phasor at = phasor_at((u + EARLY * v) / 2);
    double value = (1 + at.c) / 2, slope = -half / 2 * at.s * (1 + EARLY * v_slope);
    for (int i = 0; i < BREATH_RIPPLES && breath->ripple[i] != 0; i++) { // faded in and out within the expiration
        struct phasor wave = phasor_at(breath->ripple_cycles[i] * u + breath->ripple_turns[i]);
        value += breath->ripple[i] * 16 * v * v * wave.s;
        slope +=
            breath->ripple[i] * (32 * v * v_slope * wave.s + 16 * v * v * wave.c * TURN_RAD * breath->ripple_cycles[i]);
    }
    return (struct breath_depth){breath->depth * value, breath->depth * slope / out_span};
}
