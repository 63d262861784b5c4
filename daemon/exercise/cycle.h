// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the cycles of an angle that goes to and fro (arm swing, shoulder rolls, breath): up from a trough and down
// again by most of it. What is small against the cycles so far is none. A cycle begins in the trough; after a rest,
// which is as low all along, where the way up, extrapolated, sets off.
// Internal to the room; 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_EXERCISE_CYCLE_H
#define POISE_EXERCISE_CYCLE_H

#include "dsp/fir.h"

#include <stdbool.h>
#include <stdint.h>

#define CYCLE_TYPICAL 7
#define CYCLE_RING    4096 // blocks: more than three times the longest way up

// From the foot of the way up to a fifth of it, over from there to four fifths.
#define CYCLE_LEAST_JERK 0.942 // movement.h
#define CYCLE_CIRCLE     1.83 // the height on a circle that speeds up evenly from its lowest point: √φ tells the time

struct cycle {
    float least_deg;
    double foot_spans;
    int longest; // blocks: what takes longer to rise, or to fall, is another posture
    struct fir_state fir;
    int64_t n, newest; // blocks; number of the newest that is low-passed
    enum { CYCLE_RISING, CYCLE_FALLING, CYCLE_BACK } state;
    float trough, peak, back;                     // angle at the trough before, at the peak, at the trough after
    int64_t trough_at, rose_at, peak_at, back_at; // rose: where it had risen by enough
    int64_t foot_at;                              // where the way up set off
    int cycles;
    float range[CYCLE_TYPICAL]; // of the latest
    float recent[CYCLE_RING];   // low-passed
};

struct cycle_done {
    int64_t from, to; // blocks since the begin, where it left the trough before, and of the trough after
    float range_deg;  // peak to peak; NaN: it began or ended in another posture
};

// For cycles up to 3 Hz; slower ones may take a narrower low-pass.
void cycle_design(struct fir *fir);
void cycle_begin(const struct fir *fir, struct cycle *cycle, float least_deg, double longest_s, double foot_spans,
                 float x);
bool cycle_step(const struct fir *fir, struct cycle *cycle, float x, struct cycle_done *done);
// The low-passed angle so many blocks ago, less than CYCLE_RING: the newest is 0.
static inline float cycle_before(const struct cycle *cycle, int64_t blocks)
{
    return cycle->recent[(uint64_t)(cycle->newest - blocks) & (CYCLE_RING - 1)];
}
float cycle_angle(const struct cycle *cycle, const struct fir *fir);

#endif
