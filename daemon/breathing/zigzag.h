// SPDX-License-Identifier: GPL-3.0-or-later
// Peaks and troughs of a signal: an extremum counts once the signal has gone back from it by a height, so that what is
// smaller than the height does not exist. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_ZIGZAG_H
#define POISE_BREATHING_ZIGZAG_H

#include "breathing/breath_history.h"

#include <stdbool.h>

enum zigzag_event {
    ZIGZAG_NONE,
    ZIGZAG_PEAK,   // .peak is confirmed
    ZIGZAG_TROUGH, // .trough is confirmed, .top is the peak before it
};

struct zigzag {
    int direction; // +1 rising, looking for a peak; -1 falling; 0 neither is known
    bool begun;
    struct extremum peak, trough, top;
};

void zigzag_reset(struct zigzag *zigzag);
enum zigzag_event zigzag_step(struct zigzag *zigzag, int64_t i, float x, float height);
void zigzag_shift(struct zigzag *zigzag, float shift);

#endif
