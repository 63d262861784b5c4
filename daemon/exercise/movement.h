// SPDX-License-Identifier: GPL-3.0-or-later
// Takes one repetition apart when it is over: when its movement out began and ended, when the one back began, how far
// it went. A movement is found as a lobe of speed, and its ends from the times at which it had done a fifth and four
// fifths of its way, as a movement of least jerk would have it (T. Flash and N. Hogan, J. Neurosci. 5:1688, 1985): it
// begins and ends so softly that a level or a threshold of speed would be half a second off. Internal to the room;
// bounded by the trace's length; RT-safe.
#ifndef POISE_EXERCISE_MOVEMENT_H
#define POISE_EXERCISE_MOVEMENT_H

#include "exercise/trace.h"

struct movement_measured {
    double begins, out_ends, back_begins; // samples of the trace
    float rest_deg;                       // the level before it
    float range_deg, hold_s, move_s, smoothness;
    float aside[SIGNAL_ASIDE]; // at the end of the movement out, against the rest before
};

// Within samples first … last of the trace, the rest left at `left`; direction +1 or -1; rest_deg: the level that it
// started from. False when there is no movement out and back in it.
bool movement_measure(const struct trace *trace, int64_t first, int64_t left, int64_t last, int direction,
                      float rest_deg, struct movement_measured *measured);

#endif
