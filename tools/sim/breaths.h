// SPDX-License-Identifier: GPL-3.0-or-later
// The breaths of a run, one after another as far as somebody asks: each as long as it takes the scenario's rate to make
// one breath, with jitter of its own; from one step phase to another where breathing is locked to the steps; short in
// and long, uneven out while talking; with holds. The same for every reader and independent of what is sampled.
#ifndef POISE_SIM_BREATHS_H
#define POISE_SIM_BREATHS_H

#include "sim/breath.h"
#include "sim/timeline.h"

#include <stdint.h>

struct breaths;

// scenario and timeline (for locked breathing) must outlive it. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int breaths_create(struct breaths **out, const struct scenario *scenario,
                                                       struct timeline *timeline);
void breaths_destroy(struct breaths *breaths); // accepts NULL

// The settled breath that contains t_s; its neighbours are there and settled too (the first has none before it). *hint
// is the index found last (start at 0); it follows t_s in either direction. Valid until the next call. NULL without
// memory.
const struct breath *breaths_at(struct breaths *breaths, double t_s, int64_t *hint);

// Depth, and its slope, so many turns after the phase of that breath, up to one: it may lie in the breath before or in
// the next. Before the first breath it is as in the first.
struct breath_depth breaths_depth(const struct breath *breath, int64_t index, double turns);

#endif
