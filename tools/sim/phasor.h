// SPDX-License-Identifier: GPL-3.0-or-later
// Cosine and sine of an angle in turns, and a small random generator: what the body model evaluates millions of times
// per second. Polynomials on an eighth of a turn, error below 1e-10; the same bits on every machine, unlike libm's.
#ifndef POISE_SIM_PHASOR_H
#define POISE_SIM_PHASOR_H

#include <stdint.h>

#define TURN_RAD 6.283185307179586

struct phasor {
    double c, s;
};

// To the nearest integer, for |x| < 2^51: by the adder's own rounding, so that no call is needed.
static inline double round_near(double x)
{
    return (x + 0x1.8p52) - 0x1.8p52;
}

static inline struct phasor phasor_at(double turns)
{
    double quarter = round_near(4 * turns);
    double x = (turns - quarter * 0.25) * TURN_RAD, x2 = x * x;
    double s = x * (1 + x2 * (-1.0 / 6 + x2 * (1.0 / 120 + x2 * (-1.0 / 5040 + x2 * (1.0 / 362880)))));
    double c = 1 + x2 * (-0.5 + x2 * (1.0 / 24 + x2 * (-1.0 / 720 + x2 * (1.0 / 40320 - x2 / 3628800))));
    switch ((int64_t)quarter & 3) {
    case 0:
        return (struct phasor){c, s};
    case 1:
        return (struct phasor){-s, c};
    case 2:
        return (struct phasor){-c, -s};
    default:
        return (struct phasor){s, -c};
    }
}

static inline struct phasor phasor_turn(struct phasor a, struct phasor b)
{
    return (struct phasor){a.c * b.c - a.s * b.s, a.c * b.s + a.s * b.c};
}

// splitmix64 (Steele, Lea & Flood 2014).
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// Uniform in [-1, 1).
static inline double random_uniform(uint64_t *state)
{
    return (double)(int64_t)random_next(state) * 0x1p-63;
}

// Near enough to a standard normal: the sum of four uniforms, so never beyond 3.5.
static inline double random_normal(uint64_t *state)
{
    uint64_t r = random_next(state);
    double sum = (double)(r & 0xffff) + (double)((r >> 16) & 0xffff) + (double)((r >> 32) & 0xffff) + (double)(r >> 48);
    return (sum * 0x1p-16 - 2) * 1.7320508075688772;
}

#endif
