// SPDX-License-Identifier: GPL-3.0-or-later
// Counts movements out of the rest and back, one angle at a time: finds out and back as they happen, so that the person
// can be told, and takes each apart when it is over (movement.h). The rest follows the person between repetitions.
// What is small against the repetitions so far is none. Internal to the room; RT-safe; the caller owns the struct.
#ifndef POISE_EXERCISE_REPETITION_H
#define POISE_EXERCISE_REPETITION_H

#include "exercise/movement.h"

#define TYPICAL_OF 9 // repetitions

struct repetition {
    float least_deg; // less is no repetition
    bool both_ways;  // below the rest counts as well
    struct trace trace;
    enum { AT_REST, AWAY } state;
    int direction;             // when away
    float rest_deg;            // level of the rest now
    bool settling;             // the rest after a repetition is being found …
    bool calm;                 // … and the way back has ended
    int64_t resting;           // sample since which it rests
    int64_t set_off;           // sample at which it began to move from the rest, -1: it is there
    int64_t from, left;        // when away: sample from which its movement can have begun, at which the rest was left
    int64_t slow;              // samples for which it has been slow; at rest: calm
    float reach_deg;           // largest of this repetition …
    float top_deg_s;           // … and its highest speed out
    float lowest_deg;          // since it came back near the rest, and when
    int64_t lowest, came_near; // sample of it; sample at which it came near
    int64_t held_since;        // sample, -1: it is not held
    bool going_back;
    int n; // repetitions so far
    float range[TYPICAL_OF];
    float angle_deg; // from rest, now
    float held_s;
};

struct repetition_done {
    int direction;
    struct movement_measured measured;
};

void repetition_begin(const struct fir *fir, struct repetition *repetition, float least_deg, bool both_ways, float x);
// After a gap: the rest is the same, what was going on is forgotten.
void repetition_resume(const struct fir *fir, struct repetition *repetition, float x);
// One block; true when a repetition is over.
bool repetition_step(const struct fir *fir, struct repetition *repetition, float x, const float aside[SIGNAL_ASIDE],
                     struct repetition_done *done);

#endif
