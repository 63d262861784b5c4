// SPDX-License-Identifier: GPL-3.0-or-later
// The generator behind this room's random logs and calibrations: xorshift64, one for each file that includes it, so
// that a calibration drawn for a log does not depend on where in the log it stands. Set it with draw_seed first.
#ifndef POISE_TESTS_RANDOM_DRAW_H
#define POISE_TESTS_RANDOM_DRAW_H

static unsigned long long draw_state;

static inline void draw_seed(unsigned long long seed)
{
    draw_state = seed | 1U;
}

static inline unsigned long long draw(void)
{
    draw_state ^= draw_state << 13;
    draw_state ^= draw_state >> 7;
    draw_state ^= draw_state << 17;
    return draw_state;
}

static inline unsigned below(unsigned n)
{
    return (unsigned)((draw() >> 20) % n);
}

#endif
