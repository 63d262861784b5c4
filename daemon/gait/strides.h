// SPDX-License-Identifier: GPL-3.0-or-later
// Contacts and steps of the trunk (steps.h) or, when no trunk site is worn, of the feet (feet.h), which also tell the
// side for certain; and what is made of them (running.h). Internal to the room. create allocates, the rest is RT-safe.
#ifndef POISE_GAIT_STRIDES_H
#define POISE_GAIT_STRIDES_H

#include "gait/running.h"
#include "gait/steps.h"

struct strides {
    struct steps steps;
    struct running running;
    bool by_feet;   // no trunk site tells
    double step_hz; // tracked, 0 when not moving
};

__attribute__((warn_unused_result)) int strides_create(struct strides *strides); // 0 or -ENOMEM
void strides_destroy(struct strides *strides);

void strides_step(struct strides *strides, const struct motion *motion, const struct gait_phase *phase); // one block
bool strides_pull_contact(struct strides *strides, struct contact_result *result, double *frame);
bool strides_pull_step(struct strides *strides, struct step_result *result, double *frame);

#endif
