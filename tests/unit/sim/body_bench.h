// SPDX-License-Identifier: GPL-3.0-or-later
// A body that lives through a scenario, for the simulator's tests: set up before each test, torn down after it.
#ifndef POISE_TESTS_SIM_BODY_BENCH_H
#define POISE_TESTS_SIM_BODY_BENCH_H

#include "sim/body.h"

#include <stdlib.h>
#include <string.h>

struct bench {
    struct scenario scenario;
    struct body *body;
    struct body_cursor cursor[N_SITES]; // for those who look at one site again and again
};

// text NULL: the default scenario.
static inline int bench_set_up(void **state, const char *name, const char *text)
{
    struct bench *bench = calloc(1, sizeof *bench);
    char error[SCENARIO_ERROR];
    *state = bench;
    if (!bench || (text ? scenario_load_text(&bench->scenario, name, text, strlen(text), error)
                        : scenario_load_default(&bench->scenario, error)) != 0)
        return -1;
    return body_create(&bench->body, &bench->scenario);
}

static inline int tear_down(void **state)
{
    struct bench *bench = *state;
    body_destroy(bench->body);
    free(bench);
    return 0;
}

#endif
