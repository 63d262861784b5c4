// SPDX-License-Identifier: GPL-3.0-or-later
// Vertical displacement of two bodies from their acceleration, synchronous with the step: sums against the first three
// harmonics of the step phase over whole strides, integrated twice by dividing by the squared frequency. So neither
// drift nor what repeats with the stride or not at all comes in. Internal to the room; RT-safe.
#ifndef POISE_PACK_BOUNCE_H
#define POISE_PACK_BOUNCE_H

#define BOUNCE_HARMONICS 3

struct bounce_complex {
    double re, im;
};

struct bounce {
    struct bounce_complex trunk[BOUNCE_HARMONICS], pack[BOUNCE_HARMONICS]; // sums of acceleration times phase step
    double turns, seconds;
};

void bounce_begin(struct bounce *bounce);
// One sample: the phase at its end, by how much it rose over the sample, accelerations m/s^2 averaged over the sample.
void bounce_add(struct bounce *bounce, double turns, double rise_turns, double sample_s, double trunk, double pack);

// Of the pack against the trunk, peak to peak, mm. (Averaging over 10 ms takes 0.1 % off the first harmonic.)
double bounce_range_mm(const struct bounce *bounce);
// By how much the pack comes after the trunk, ± half a step; NaN when one of them hardly moves.
double bounce_lag_ms(const struct bounce *bounce);

#endif
