// SPDX-License-Identifier: GPL-3.0-or-later
// When the runner's feet land: periods from the scenario, each with its own jitter, grown as far as somebody asks. The
// same for every reader and independent of what is sampled. Steps go on while standing (the gait's weight is 0 then).
// Times are scenario seconds.
#ifndef POISE_SIM_TIMELINE_H
#define POISE_SIM_TIMELINE_H

#include "sim/scenario.h"
#include "sim/stance.h"

#include <stdint.h>

struct timeline_step { // begins at an initial contact; even ones are the right foot's
    double start_s, period_s;
    double start_rate_hz, end_rate_hz; // the phase's slope at both ends: continuous over the contacts
    double contact_s;                  // from here to this foot's toe-off; walking it reaches into the next step
    double running_s;                  // the same of the running form, which always has a flight
    struct arch vertical;              // of the running trunk over this contact and the flight after it
    struct arch lateral;               // over to the other side: from half a unit on this side to half on the other
    double impact;                     // factor on the impact's peak
    double hard;                       // and on its upward part alone
    double stumble;                    // by how much of its period a stumble changed it; 0: none
    double jerk_s, jerk;               // the last one, now or earlier: when; its size, negative to the left
    // For the foot, from its contact to its next: how much of each gait there is, the speed, its range of eversion.
    double walk, run, speed_m_s, eversion_rad;
};

struct timeline;

__attribute__((warn_unused_result)) int timeline_create(struct timeline **out, const struct scenario *scenario);
void timeline_destroy(struct timeline *timeline); // accepts NULL

// The one that contains t_s; the two after it are there too. *hint is the index found last (start at 0); it follows t_s
// in either direction. Valid until the next call. NULL without memory.
const struct timeline_step *timeline_step_at(struct timeline *timeline, double t_s, int64_t *hint);
// When so many steps (≥ 0, with their fraction) are done. NAN without memory.
double timeline_when(struct timeline *timeline, double steps);

struct step_phase {
    double turns;              // 0 … 1 within the step
    double rate_hz, rate_hz_s; // first and second derivative
};
struct step_phase timeline_phase(const struct timeline_step *step, double t_s);

#endif
