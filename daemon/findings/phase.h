// SPDX-License-Identifier: GPL-3.0-or-later
// The phase of a session, from what the runner does: idle, warm_up, steady, fatigued, cool_down. In: the activity every
// 200 ms, once in ten seconds whether the running was even, and whether anything drifts. Every change waits for its
// evidence to last; a second of something else takes back three. Internal; RT-safe.
#ifndef POISE_FINDINGS_PHASE_H
#define POISE_FINDINGS_PHASE_H

#include "frames/finding.h"
#include "frames/output.h"

struct phase {
    int phase; // enum session_phase
    // Seconds for which each has lasted, up to what is asked of it.
    double still_s, moving_s, walking_s, running_s, even_s, easy_s;
    double idle_s;   // since the phase is idle
    double worked_s; // steady running since the last long rest
};

// worked_s: of a session that goes on.
void phase_begin(struct phase *p, int phase, double worked_s);
void phase_step(struct phase *p, double dt_s, int activity, bool easy, bool fatigued);
void phase_window(struct phase *p, double window_s, bool even); // even: steady running throughout

#endif
