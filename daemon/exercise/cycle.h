// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the cycles of an angle that goes to and fro (arm swing, shoulder rolls, breath): up from a trough by enough
// and down again by most of it. What is small against the cycles so far is none. Internal to the room; 100 Hz; RT-safe;
// the caller owns the struct.
#ifndef POISE_EXERCISE_CYCLE_H
#define POISE_EXERCISE_CYCLE_H

#include "dsp/fir.h"

#include <stdbool.h>
#include <stdint.h>

#define CYCLE_TYPICAL 7

struct cycle {
    float least_deg;
    int longest; // blocks: what takes longer to rise, or to fall, is another posture
    struct fir_state fir;
    int64_t n; // blocks
    enum { CYCLE_RISING, CYCLE_FALLING, CYCLE_BACK } state;
    float trough, peak, back;                     // angle at the trough before, at the peak, at the trough after
    int64_t trough_at, foot_at, peak_at, back_at; // foot: where it was last near the trough
    int cycles;
    float range[CYCLE_TYPICAL]; // of the latest
};

struct cycle_done {
    int64_t from, to; // blocks since the begin, where it left the trough before, and of the trough after
    float range_deg;  // peak to peak; NaN: it began or ended in another posture
};

// For cycles up to 3 Hz; slower ones may take a narrower low-pass.
void cycle_design(struct fir *fir);
void cycle_begin(const struct fir *fir, struct cycle *cycle, float least_deg, double longest_s, float x);
bool cycle_step(const struct fir *fir, struct cycle *cycle, float x, struct cycle_done *done);
float cycle_angle(const struct cycle *cycle, const struct fir *fir);

#endif
