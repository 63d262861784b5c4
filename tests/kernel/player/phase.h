// SPDX-License-Identifier: GPL-3.0-or-later
// When in each period nothing is being read. The driver reads a chip axis by axis after its trigger, so a write amid
// that would make a sample of two instants. The kernel tells in /proc/timer_list when its hrtimer triggers fire; the
// write goes into the longest pause between them, towards its end.
#ifndef POISE_TEST_PLAYER_PHASE_H
#define POISE_TEST_PLAYER_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#define PHASE_MAX 16

// Phases of the running hrtimer triggers, ns into the period. Returns how many, or negative errno.
int phase_read_triggers(int64_t period_ns, int64_t phases[PHASE_MAX]);

// The phase to write at; n = 0 gives 0.
int64_t phase_choose(const int64_t phases[PHASE_MAX], int n, int64_t period_ns);

#endif
