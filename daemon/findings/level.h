// SPDX-License-Identifier: GPL-3.0-or-later
// The level machine, one for all factors: a limit must be exceeded for a while before its level is reached, and the
// value must have come back by the hysteresis for a while before it is left. A short stretch without an answer keeps
// the level. Time counts from when the cause set in, not from when it was noticed: a value describes a window that
// lies back by a known lag. Internal to the room. RT-safe.
#ifndef POISE_FINDINGS_LEVEL_H
#define POISE_FINDINGS_LEVEL_H

#include "findings/assess.h"

struct level {
    int level;        // enum finding_level
    int64_t since_ns; // when it was reached; notice and warn: when the cause set in
    int64_t known_ns; // the last answer
    struct {
        bool up;
        int64_t rose_ns, fell_ns; // TIME_NONE: not beyond the limit; not back from it
    } raised[N_RAISED];
};
#define TIME_NONE INT64_MIN

struct level_timing {
    double hold_s[N_RAISED];
    double release_s;
};

void level_init(struct level *level);
// Returns whether the level changed. now_ns: when the assessment was made.
bool level_step(struct level *level, const struct assessment *a, const struct level_timing *timing, int64_t now_ns);

#endif
