// SPDX-License-Identifier: GPL-3.0-or-later
// Eversion range of one foot: the range of its roll from the contact to the heel-off. Both are read from the pitch rate
// alone, for an everting foot rolls as fast as it slaps, so its whole rate is never small. Push-off is the one long
// turn toes down of a stride; before it the sole is flat, before that the heel's slap begins with the contact. A stance
// without a slap (a landing on the midfoot or forefoot) does not show its contact and is left out. Internal to the
// room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_EVERSION_H
#define POISE_GAIT_EVERSION_H

#include <stdint.h>

#define EVERSION_RING    256 // samples of 10 ms
#define EVERSION_STANCES 10

struct eversion {
    uint64_t n;                                        // samples so far
    float turning[EVERSION_RING], roll[EVERSION_RING]; // rad/s, > 0: toes down; degrees, NaN: not usable
    float pushed, fastest;                             // rad and rad/s since the foot began to turn toes down
    uint64_t newest;                                   // sample of the newest stance
    float range[EVERSION_STANCES];                     // degrees, newest first
    int n_ranges;
};

void eversion_reset(struct eversion *eversion);
// One sample: rate about the foot's left axis, rad/s, and its roll.
void eversion_push(struct eversion *eversion, float turning, float roll_deg);
// Median of the last stances; NaN before there are three, and when there was none for ten seconds.
float eversion_deg(const struct eversion *eversion);

#endif
