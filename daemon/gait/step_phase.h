// SPDX-License-Identifier: GPL-3.0-or-later
// Follows the phase of the step in one signal: demodulated at the tracked step frequency, low-passed, so that the phase
// keeps up with every step's own length. Internal to the room. RT-safe.
#ifndef POISE_GAIT_STEP_PHASE_H
#define POISE_GAIT_STEP_PHASE_H

struct step_phase {
    double carrier_turns;
    double in_phase[2], quadrature[2]; // two one-pole low-passes in a row
    double argument_turns;             // unwrapped angle of the demodulated signal
    double turns;                      // carrier + argument
};

void step_phase_reset(struct step_phase *phase);
// One sample at 100 Hz.
void step_phase_step(struct step_phase *phase, double step_hz, double x);

#endif
