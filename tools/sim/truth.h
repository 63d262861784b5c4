// SPDX-License-Identifier: GPL-3.0-or-later
// What is true of the simulated run, as JSON lines: one at 20 Hz with gait, breathing and posture (relative to the
// upright stand, per instant and averaged over the last whole stride, over 1 s when still), and one per event (initial
// contact, onset of an inspiration). docs/simulator.md lists the keys.
#ifndef POISE_SIM_TRUTH_H
#define POISE_SIM_TRUTH_H

#include "sim/body.h"
#include "sim/feed.h"

#include <stdint.h>

struct truth;

// 0 or negative errno. scenario and body must outlive it.
__attribute__((warn_unused_result)) int truth_open(struct truth **out, const char *path,
                                                   const struct scenario *scenario, struct body *body);
// Writes what lies before scenario time t_ns; start_mono_ns is the stamp of scenario time 0. 0 or negative errno.
__attribute__((warn_unused_result)) int truth_advance(struct truth *truth, int64_t t_ns, int64_t start_mono_ns);
// At the end, when there were faults: each one, and what became of every device's samples.
void truth_tell_faults(struct truth *truth, const struct feed *feed);
int truth_close(struct truth *truth); // 0 or the first error; accepts NULL

#endif
