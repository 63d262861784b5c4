// SPDX-License-Identifier: GPL-3.0-or-later
// The repetitions of exercises as truth: one event each, where its movement begins.
#ifndef POISE_SIM_TRUTH_DRILL_H
#define POISE_SIM_TRUTH_DRILL_H

#include "sim/drill.h"

#include <stdio.h>

// Those that began by t_s and are not yet told; *next is the first of them. drill may be NULL.
void truth_drill_tell(const struct drill *drill, int *next, FILE *to, double t_s, double mono_s);

#endif
