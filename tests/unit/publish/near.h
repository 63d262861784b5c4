// SPDX-License-Identifier: GPL-3.0-or-later
// bookworm's cmocka compares floats, not doubles. Include after cmocka.h.
#ifndef POISE_TESTS_NEAR_H
#define POISE_TESTS_NEAR_H

#include <math.h>

#define assert_near(got, expected, tolerance)                                                                          \
    do {                                                                                                               \
        double near_got = (got), near_expected = (expected);                                                           \
        if (!(fabs(near_got - near_expected) <= (tolerance)))                                                          \
            fail_msg("%s is %.17g, expected %.17g", #got, near_got, near_expected);                                    \
    } while (0)

#endif
