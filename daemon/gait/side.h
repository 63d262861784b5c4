// SPDX-License-Identifier: GPL-3.0-or-later
// Which foot a contact was: the trunk falls towards the middle over each stance, so the sideways acceleration at the
// stride frequency tells it. One stride of it around every contact gives evidence; that feet alternate is a two-state
// chain over the contacts, which heals within two or three steps when one was missed or doubled. Measured on walking of
// eleven people; running is not verified and never certain. docs/steps.md.
// Internal to the room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_SIDE_H
#define POISE_GAIT_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#define SIDE_RING    256 // samples of 10 ms
#define SIDE_LATE_MS 200 // a contact is judged so long after it

struct side {
    float left[SIDE_RING]; // m/s^2, to the left, level
    float roll[SIDE_RING]; // rad/s, sacrum only, else 0
    uint64_t n;            // samples so far
    double newest_frame;   // centre of the newest sample
    double log_odds;       // of "left" at the latest contact
    double contact[3];     // frames, newest first
    double stride, step;   // smoothed, frames; 0: not known
    bool running;
};

struct side_input {
    int64_t index;
    float left, roll_rate;
};

void side_reset(struct side *side);
void side_push(struct side *side, const struct side_input *input);
// The foot (enum foot) of a contact at least SIDE_LATE_MS ago, given once each and in order. gyro: the level is sure.
int side_judge(struct side *side, double contact_frame, bool running, bool gyro, double turning_rad_s,
               float *confidence);

#endif
