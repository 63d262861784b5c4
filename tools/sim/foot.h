// SPDX-License-Identifier: GPL-3.0-or-later
// A foot from its initial contact to its next one, as functions of time: toes up at the contact, flat within 15 % of
// it, at rest on the ground until the heel rises, toes down past toe-off, up again before the next contact. Eversion in
// the first half of the contact and back by toe-off. The foot does not move while it is flat; each contact is a shock.
#ifndef POISE_SIM_FOOT_H
#define POISE_SIM_FOOT_H

#include "sim/timeline.h"

#include <stdbool.h>

struct foot_motion {
    double angle[3], rate[3]; // pitch, roll, yaw, rad and rad/s
    double acc_world[3], rise_m;
};

// own and next: the steps that begin with this foot's contacts around t_s. shock: peak of the contact's upward
// acceleration (m/s²) walking and running, shaped as impact says.
void foot_at(const struct timeline_step *own, const struct timeline_step *next, bool left, double t_s,
             const double shock[2], const struct impact *impact, struct foot_motion *motion);

#endif
