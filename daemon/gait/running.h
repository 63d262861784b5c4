// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of the steps: dynamics of each (dynamics.h), the last twenty (summary.h), shock attenuation (shock.h)
// and the feet (feet.h), in one place for gait.c. Internal to the room. create allocates, the rest is RT-safe.
#ifndef POISE_GAIT_RUNNING_H
#define POISE_GAIT_RUNNING_H

#include "gait/channel.h"
#include "gait/dynamics.h"
#include "gait/feet.h"
#include "gait/shock.h"
#include "gait/summary.h"

struct running {
    struct dynamics dynamics;
    struct summary summary;
    struct shock shock;
    struct feet feet;
    double speed_m_s, leg_length_m; // NaN: not known
    unsigned sides_compared;        // walking steps that trunk and feet told the side of
    float sides_differ;             // how often not the same, of the last ones
};

__attribute__((warn_unused_result)) int running_create(struct running *running, double leg_length_m); // 0 or -ENOMEM
void running_destroy(struct running *running);

// Every block, before this block's steps are measured; trunk_site is the site whose contacts are followed, -1: none.
void running_push(struct running *running, const struct motion *motion, int trunk_site);
// Lets worn feet decide whose a contact was that the trunk told; 200 ms to 1 s after it.
void running_side(const struct running *running, struct step *step);
// The same for a step, once each: what the two said is compared.
void running_compare_sides(struct running *running, const struct step *by_trunk, const struct step *step);
// Do worn feet and the trunk tell opposite sides? Then left and right are exchanged, or the trunk's front and back.
// Walking only: there the trunk's word is verified.
bool running_sides_differ(const struct running *running);
// Every complete step once, in order.
void running_measure(struct running *running, const struct step *step, double step_hz, struct step_result *result);
// At 1 Hz while moving. head and pelvis (sacrum, or t12) are the channels' rings at block `at`; NULL: not worn.
void running_summary(struct running *running, double now_frame, const struct channel *head,
                     const struct channel *pelvis, uint64_t at, struct gait_result *result);

#endif
