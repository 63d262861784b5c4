// SPDX-License-Identifier: GPL-3.0-or-later
// What the numeric tests share: cmocka in its order, a printed seed, normal random numbers, |a - b| with a message.
#ifndef POISE_TESTS_CHECK_H
#define POISE_TESTS_CHECK_H

#include "dsp/units.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define assert_near(value, expected, tolerance)                                                                        \
    do {                                                                                                               \
        double value_ = (double)(value), expected_ = (double)(expected);                                               \
        if (!(fabs(value_ - expected_) <= (tolerance)))                                                                \
            fail_msg("%s is %.9g, expected %.9g within %g", #value, value_, expected_, (double)(tolerance));           \
    } while (0)

static uint64_t check_random_state;

static inline void check_seed(void)
{
    const char *given = getenv("POISE_SEED");
    check_random_state = given ? strtoull(given, NULL, 0) : UINT64_C(20261121);
    printf("POISE_SEED=%llu\n", (unsigned long long)check_random_state);
}

static inline double check_uniform(void) // 0 … 1; splitmix64
{
    uint64_t z = (check_random_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static inline double check_normal(void)
{
    return sqrt(-2 * log(1 - check_uniform())) * cos(2 * PI * check_uniform());
}

#endif
