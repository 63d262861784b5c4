// SPDX-License-Identifier: GPL-3.0-or-later
// Held breath: the signal stays where it is for longer than this person's own pauses. Slow breathing: by the range of
// the trailing stretch; fast breathing, which residue of the gait would stretch: by the root mean square about a line.
// A hold shows a few seconds after it began, so what is asked for should lie back. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_HOLD_H
#define POISE_BREATHING_HOLD_H

#include "breathing/breath_history.h"
#include "breathing/zigzag.h"

#include <stdbool.h>

#define HOLD_MARKS     8
#define HOLD_STRETCHES 8

struct hold_mark {
    int64_t from, to;
};

struct hold {
    bool on;
    int64_t from;        // of the hold that lasts
    int64_t quiet_from;  // of the trailing stretch without a breath in it
    int64_t begun;       // nothing before this sample is looked at
    int quiet;           // samples the fast rule has been quiet
    struct zigzag small; // what moves in the hold that lasts
    int64_t small_from;  // that hold's first sample
    int64_t swung;       // when the last swing ended …
    int n_swings;        // … and how many in a row were half a breath long
    float longest_s;     // stretch within the current breath
    float stretch_s[HOLD_STRETCHES];
    int n_stretches;
    struct hold_mark mark[HOLD_MARKS];
    int n_marks;
    bool known[BREATH_HISTORY];
    int64_t end; // first sample not looked at
};

void hold_reset(struct hold *hold);
// Sample i cannot be judged (nothing measured): a hold that lasted ends.
void hold_skip(struct hold *hold, int64_t i);
// Every sample. amplitude: of a usual breath; able: enough breaths are known to tell, and told with trust in them.
// Returns true when nothing happened for so long that it is no hold any more: learn anew.
bool hold_step(struct hold *hold, const struct breath_history *x, int64_t i, float amplitude, double rate_hz,
               bool learned, bool known);
// After hold_step, at rest only, where no gait leaves swings: a hold that turns out to be small breaths is taken back.
// Returns its first sample, from which to learn anew, or -1.
int64_t hold_undo_shallow(struct hold *hold, const struct breath_history *x, int64_t i, float amplitude,
                          double rate_hz);
// A breath ended; its own pause is what holds must exceed.
void hold_learn(struct hold *hold, bool held);
bool hold_overlaps(const struct hold *hold, int64_t from, int64_t to);
// How long the hold that lasts at sample `at` had lasted then, s; 0 breathing; NaN unknown.
float hold_at(const struct hold *hold, double at);

#endif
