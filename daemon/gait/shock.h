// SPDX-License-Identifier: GPL-3.0-or-later
// Shock attenuation from the pelvis to the head: ratio of the powers of vertical acceleration in 9–20 Hz, where the
// impact is and the movement of the step is not. In: the same few seconds of both at 100 Hz, low-passed alike. After
// Shorten & Winslow 1992 and Hamill et al. 1995, who start at the shank. Internal to the room. create allocates, the
// rest is RT-safe.
#ifndef POISE_GAIT_SHOCK_H
#define POISE_GAIT_SHOCK_H

#include "dsp/spectrum.h"

#define SHOCK_SAMPLES 512 // 5.12 s at 100 Hz

struct shock {
    struct spectrum *spectrum;
};

__attribute__((warn_unused_result)) int shock_create(struct shock *shock); // 0 or -ENOMEM
void shock_destroy(struct shock *shock);
// dB, negative: the head gets less; NaN when the pelvis has no such movement. head and pelvis: [SHOCK_SAMPLES], m/s^2.
float shock_attenuation_db(struct shock *shock, const float *head, const float *pelvis);

#endif
