// SPDX-License-Identifier: GPL-3.0-or-later
// Breath by breath: onsets, inspiratory and expiratory time, depth, holds and their history, variability, coupling to
// the steps; from chest and abdomen as one signed signal each (inspiration positive), 25 per second, gait cancelled.
// It steers its low-pass by its own intervals and by the rate the spectrum says; segmentation goes on all the time, but
// a breath is given out only while the spectrum agrees that there is breathing. Method and figures: docs/breathing.md.
// Instants are samples since the last reset. Internal to the room. RT-safe after create.
#ifndef POISE_BREATHING_BREATHS_H
#define POISE_BREATHING_BREATHS_H

#include <stdbool.h>
#include <stdint.h>

struct breaths_input {
    float chest, abdomen; // degrees; NaN: that compartment is not worn or not measured now
    bool sign_known;      // false: only the axis is known (gravity in one sensor); then skew tells
    bool any_unit;        // bands of a belt: not degrees, so that no amplitude is too small
    bool moving;
    double stride_hz;  // while moving
    double step_turns; // while moving; +1 per step
    double rate_hz;    // what the spectrum last said, NaN: unknown; its window is 15 to 60 s long
};

struct breath {
    double onset, end; // of the inspiration
    double next;       // onset that follows; NaN: a hold lies between
    double middle;     // half of the depth is reached
    float depth_deg;   // chest and abdomen together
};

struct breaths;

__attribute__((warn_unused_result)) int breaths_create(struct breaths **out); // 0 or -ENOMEM
void breaths_destroy(struct breaths *breaths);                                // accepts NULL
void breaths_reset(struct breaths *breaths);
void breaths_push(struct breaths *breaths, const struct breaths_input *input);
// The next good breath, known one breath later, until false.
bool breaths_pull(struct breaths *breaths, struct breath *breath);

// How long the hold that lasts at sample `at` had lasted then, s; 0: breathing; NaN: unknown. A hold shows after 5 s or
// more, so `at` should lie 15 to 30 s back (at most 80).
float breaths_hold_s(const struct breaths *breaths, double at);
float breaths_hold_now_s(const struct breaths *breaths); // at the newest sample
float breaths_cv_pct(const struct breaths *breaths);     // of the last 20 intervals; NaN below 10, and when breaths end
// At rest, and breaths fall as far as they rose and are alike in depth: neither noise, nor is one missed.
bool breaths_are_even(const struct breaths *breaths);
// 0 free … 1 locked (from 0.4 on) over the last minute, and the nearest ratio in steps per breath; NaN when not known.
// Once a second at most: it looks at the whole minute.
float breaths_coupling(const struct breaths *breaths, float *ratio);
double breaths_rate_hz(const struct breaths *breaths); // by the last five intervals; NaN below three

#endif
