// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of single steps and of the last twenty: contacts and steps of the trunk (steps.h) or, when none is
// worn, of the feet (feet.h), which also tell the side for certain; the dynamics of each step (dynamics.h); their
// summary (summary.h) with shock attenuation and eversion. Internal to the room. create allocates, the rest is RT-safe.
#ifndef POISE_GAIT_STRIDES_H
#define POISE_GAIT_STRIDES_H

#include "gait/dynamics.h"
#include "gait/feet.h"
#include "gait/shock.h"
#include "gait/steps.h"
#include "gait/summary.h"

struct strides {
    struct steps steps;
    struct feet feet;
    struct dynamics dynamics;
    struct summary summary;
    struct shock shock;
    bool by_feet;                            // no trunk site tells
    double step_hz, speed_m_s, leg_length_m; // NaN: not known
    int64_t index;
    float head[SHOCK_SAMPLES], pelvis[SHOCK_SAMPLES]; // m/s^2, vertical, 100 Hz
    int n_head, n_pelvis;                             // good ones in a row, up to SHOCK_SAMPLES
};

__attribute__((warn_unused_result)) int strides_create(struct strides *strides); // 0 or -ENOMEM
void strides_destroy(struct strides *strides);
void strides_reset(struct strides *strides);

// One block. head and pelvis: vertical acceleration low-passed to 20 Hz, NaN when not measured.
void strides_step(struct strides *strides, const struct motion *motion, const struct gait_phase *phase, float head,
                  float pelvis);
bool strides_pull_contact(struct strides *strides, struct contact_result *result, double *frame);
bool strides_pull_step(struct strides *strides, struct step_result *result, double *frame);
void strides_measure(struct strides *strides, struct gait_result *result);

#endif
