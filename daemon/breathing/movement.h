// SPDX-License-Identifier: GPL-3.0-or-later
// A compartment's movement as one number, inspiration positive where its sign is known: the projection on the axis
// about which it moves with the breath. The axis is learnt from the spectra and turns slowly, without a step in the
// number. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_MOVEMENT_H
#define POISE_BREATHING_MOVEMENT_H

#include "breathing/estimator.h"
#include "breathing/rate.h"

struct movement {
    enum breath_kind kind; // the axis belongs to
    bool has_axis, has_sign;
    double axis[BREATH_AXES];
    double base; // keeps the number in one piece while the axis turns
    float x[BREATH_AXES];
};

// The number of this sample; NaN when it was not measured, cannot serve while moving, or no axis is known yet.
float movement_of(struct movement *movement, const struct breath_channel *channel, bool moving);

// Once a second while a rate is known.
void movement_learn(struct movement *movement, const struct rate_depths *depths, int compartment);

#endif
