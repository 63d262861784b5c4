// SPDX-License-Identifier: GPL-3.0-or-later
// What one step did to the trunk. In: motion blocks of the primary trunk site (a ring of the last four seconds is kept:
// earth-vertical acceleration at 1 kHz, forward acceleration at 100 Hz) and a step with its contacts. Out: times,
// vertical oscillation, impact, loading rate, braking and step length of that step. A value is NaN when what it rests
// on was missing, clipped, or bridged for more than 5 % of its time. Definitions and errors: docs/running-dynamics.md.
// Internal to the room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_DYNAMICS_H
#define POISE_GAIT_DYNAMICS_H

#include "dsp/fir.h"
#include "frames/motion.h"
#include "frames/output.h"

#include <stdint.h>

#define DYNAMICS_RING   4096                              // frames: 4.1 s
#define DYNAMICS_BLOCKS (DYNAMICS_RING / FRAME_BLOCK_LEN) // whole blocks the ring of forward acceleration holds

struct dynamics {
    struct fir impact_filter;
    int site;            // what the ring holds, -1: nothing
    int64_t first, next; // frames held: first … next - 1, at most DYNAMICS_RING of them
    float up[DYNAMICS_RING];
    uint8_t valid[DYNAMICS_RING];   // FRAME_* bits
    float forward[DYNAMICS_BLOCKS]; // block means, NaN: not level
};

void dynamics_init(struct dynamics *dynamics);
// Every block. site is the primary trunk site, -1 for none; a change of it, or of the grid, forgets what came before.
void dynamics_push(struct dynamics *dynamics, const struct motion *motion, int site);
// Once per step, when its next contact is known (or none came) and at most 2 s after that. speed_m_s is NaN without a
// belt speed; step_hz is 0 when no cadence is tracked. Fills all of *result.
void dynamics_measure(const struct dynamics *dynamics, const struct step *step, double speed_m_s, double step_hz,
                      struct step_result *result);

#endif
