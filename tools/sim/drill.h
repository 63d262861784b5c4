// SPDX-License-Identifier: GPL-3.0-or-later
// The articles' exercises as the runner does them, well or badly: the thorax turned out and back, an upper back bent
// over a roller, shoulder blades drawn together, the head turned, arms that circle or swing, shoulders that roll. When
// each repetition moves, holds and comes back is planned once, from the seed; the motion is an exact function of time
// on top of the posture, standing, sitting or lying. Out and back are minimum-jerk movements, continuous to the
// acceleration; of cycles the rate is continuous.
#ifndef POISE_SIM_DRILL_H
#define POISE_SIM_DRILL_H

#include "sim/scenario.h"
#include "sim/stance.h"

#include <stdbool.h>

#define FIDGET_S 0.8

// Out from start_s to hold_from_s, held until hold_until_s, back at until_s. A cycle is from start_s to until_s.
struct drill_item {
    const struct scenario_phase *phase;
    int side, number; // enum exercise_side, SIDE_NONE: both at once; from 1 on that side in this phase
    double start_s, hold_from_s, hold_until_s, until_s;
    double range_rad[2];      // of left and right; of a side that rests as well
    double rest_rad[2];       // of what moves, before and after, from the posture; signed
    double pause_s, pause_at; // a stop on the way out; at which share of it
    // Straight from the other side: since when it moves, and how far it was there, of its own range; the same of the
    // way on to the next. Otherwise start_s, 0, the way back and 0.
    double out_from_s, under, back_s, over;
    double fidget_rad, fidget_from_s; // in the rest after it, for FIDGET_S
    double skew[2]; // of the movements out and back: how much sooner than in its middle one is fastest
    double tremor_hz[2], tremor_turns[2];
    double start_rate_hz, end_rate_hz; // of a cycle's phase
    double edge[2];                    // of a cycle's range, what it begins and ends with, between it and the others
    bool first, last;                  // cycle of its series
};

struct drill_motion {
    struct motion3 turn[3];  // pitch, roll, yaw of the segment, rad, on top of its posture
    struct motion3 moved[3]; // displacement, m
    struct motion3 swing;    // of an arm against the thorax, rad; > 0: the hand backward
    struct motion3 elbow;
    bool arms; // the arms do something
};

struct drill;

bool drill_is_in(const struct scenario *scenario); // whether any phase has one
bool drill_is_cycle(enum drill_kind kind);
// The longest that the repetitions of a phase may take, with the wait before the first; 0 without any.
double drill_longest_s(const struct scenario_drill *drill);

// scenario must outlive it. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int drill_create(struct drill **out, const struct scenario *scenario);
void drill_destroy(struct drill *drill); // accepts NULL
// Item i in the order of time; NULL: there are no more.
const struct drill_item *drill_item(const struct drill *drill, int i);
// The last one that began by t_s; NULL: none.
const struct drill_item *drill_item_at(const struct drill *drill, double t_s);

void drill_at(const struct drill *drill, enum site site, double t_s, struct drill_motion *motion);

#endif
