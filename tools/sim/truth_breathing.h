// SPDX-License-Identifier: GPL-3.0-or-later
// What is true of the breathing: an event for every breath, hold and cough, and the keys of the line.
#ifndef POISE_SIM_TRUTH_BREATHING_H
#define POISE_SIM_TRUTH_BREATHING_H

#include "sim/body.h"

#include <stdbool.h>
#include <stdio.h>

struct truth_breathing {
    struct body *body;
    int64_t breath_hint, early_hint, late_hint, early_step_hint, late_step_hint;
    int64_t last_breath, last_hold; // the ones already told; -1: none
    double last_cough_s;
};

void truth_breathing_init(struct truth_breathing *breathing, struct body *body);
// What began up to t_s; mono_s is the monotonic time of scenario time 0. Often enough that nothing is over before.
void truth_breathing_tell(struct truth_breathing *breathing, FILE *to, double t_s, double mono_s);
// Keys of the line, each after a comma.
void truth_breathing_print_line(struct truth_breathing *breathing, FILE *to, double t_s, bool moving);

#endif
