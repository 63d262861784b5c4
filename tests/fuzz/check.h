// SPDX-License-Identifier: GPL-3.0-or-later
// What a fuzz target demands. It says the line: inlined, a stack does not tell which demand it was.
#ifndef POISE_TESTS_FUZZ_CHECK_H
#define POISE_TESTS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define check(holds) check_at((holds) != 0, __FILE__, __LINE__)

static inline void check_at(int holds, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d does not hold\n", file, line);
    abort();
}

#endif
