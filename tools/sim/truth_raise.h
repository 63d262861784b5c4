// SPDX-License-Identifier: GPL-3.0-or-later
// What a phase is to raise, as truth: from when to when the body's parameters are beyond the limits that the scenario
// states, found on their exact course, and how far beyond they go.
#ifndef POISE_SIM_TRUTH_RAISE_H
#define POISE_SIM_TRUTH_RAISE_H

#include "sim/scenario.h"

#include <stdio.h>

struct raise_span {
    double from_s, until_s;    // NAN, NAN: never beyond
    double amount[BEYOND_MAX]; // of each parameter, the value furthest beyond its limit
};

// Of a phase that raises something.
struct raise_span raise_span_of(const struct scenario *scenario, const struct scenario_phase *phase);

// One event, where the phase begins; nothing when it raises nothing.
void truth_raise_tell(const struct scenario *scenario, const struct scenario_phase *phase, double mono_s, FILE *to);

#endif
