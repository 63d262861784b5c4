// SPDX-License-Identifier: GPL-3.0-or-later
// Chest and abdomen as one signal: their sum in degrees, or their difference where they move against each other
// (paradox), which the correlation of both over 20 s tells. The chest says what is inspiration, the abdomen where the
// chest hardly moves or is not worn. Where only the axis is known, the faster phase is the inspiration.
// Internal to the room. RT-safe.
#ifndef POISE_BREATHING_BLEND_H
#define POISE_BREATHING_BLEND_H

#include <stdbool.h>
#include <stdint.h>

struct blend {
    float sigma;     // +1: together, -1: against each other
    float polarity;  // -1: the axis of unknown sign was the wrong way round
    bool by_abdomen; // who keeps the sign
    double mean[2], var[2], cov;
    int64_t n;               // samples with both
    double speed_2, speed_3; // running moments of the change per sample
    int64_t n_speed;
    float last;
};

struct blend_change { // of the past: x becomes gain · x + shift; gain -1 turns peaks into troughs
    float gain, shift;
};

void blend_reset(struct blend *blend);
// One sample of both compartments (FILTER_* in present). rate_hz: the breath's, for the slow means. Returns x.
float blend_step(struct blend *blend, const float y[2], unsigned present, double rate_hz, bool sign_known,
                 struct blend_change *change);
float blend_of(const struct blend *blend, const float y[2]);
// False while it is open which of the two phases is the inspiration.
bool blend_is_signed(const struct blend *blend, bool sign_known);

#endif
