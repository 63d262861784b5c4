// SPDX-License-Identifier: GPL-3.0-or-later
// Second-order sections, transposed direct form II, state in double (a 3 s low-pass at 1 kHz loses its mean in float).
// Designed by the bilinear transform with prewarping. RT-safe.
#ifndef POISE_DSP_BIQUAD_H
#define POISE_DSP_BIQUAD_H

struct biquad {
    double b0, b1, b2, a1, a2;
};

struct biquad_state {
    double s1, s2;
};

// Butterworth, 0 < cut_hz < rate_hz / 2; q is 1/sqrt(2) for a single section.
struct biquad biquad_low_pass(double rate_hz, double cut_hz, double q);
struct biquad biquad_high_pass(double rate_hz, double cut_hz, double q);

static inline double biquad_step(const struct biquad *c, struct biquad_state *s, double x)
{
    double y = c->b0 * x + s->s1;
    s->s1 = c->b1 * x - c->a1 * y + s->s2;
    s->s2 = c->b2 * x - c->a2 * y;
    return y;
}

// The state in which a low-pass that has seen x for ever stands.
static inline struct biquad_state biquad_settled(const struct biquad *c, double x)
{
    double y = x * (c->b0 + c->b1 + c->b2) / (1.0 + c->a1 + c->a2);
    struct biquad_state s;
    s.s2 = c->b2 * x - c->a2 * y;
    s.s1 = c->b1 * x - c->a1 * y + s.s2;
    return s;
}

#endif
