// SPDX-License-Identifier: GPL-3.0-or-later
// Follows the phase of the step in one signal: demodulated at the tracked step frequency, low-passed, so that the phase
// keeps up with every step's own length. Counts whole steps and their intervals. Internal to the room. RT-safe.
#ifndef POISE_GAIT_STEP_PHASE_H
#define POISE_GAIT_STEP_PHASE_H

#include <stdbool.h>

#define STEP_INTERVALS 8

struct step_phase {
    double carrier_turns;
    double in_phase[2], quadrature[2]; // two one-pole low-passes in a row
    double argument_turns;             // unwrapped angle of the demodulated signal
    double turns;                      // carrier + argument
    double seconds;                    // since the start
    double last_step_s;
    float interval_s[STEP_INTERVALS];
    int n_intervals;
};

void step_phase_reset(struct step_phase *phase);
// One sample at 100 Hz.
void step_phase_step(struct step_phase *phase, double step_hz, double x);
// From the median of the latest intervals; NaN until four steps were seen.
float step_phase_cadence_spm(const struct step_phase *phase);

#endif
