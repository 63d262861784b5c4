// SPDX-License-Identifier: GPL-3.0-or-later
// The rate of the arm cycle and how regular it is, from power spectra of the swing's angular rate. Internal to the
// room; RT-safe after create.
#ifndef POISE_ARMS_RHYTHM_H
#define POISE_ARMS_RHYTHM_H

#include "dsp/spectrum.h"

#define RHYTHM_RATE_HZ 25.0
#define RHYTHM_FFT     2048
#define RHYTHM_BINS    (RHYTHM_FFT / 2 + 1)
#define RHYTHM_TOP_HZ  6.0

// Power of rate[n] at 50 Hz (every second sample is taken), scaled as in dsp/spectrum.h.
void rhythm_power(struct spectrum *spectrum, const float *rate, int n, float power[RHYTHM_BINS]);
// Adds power to sum, each with the same weight whatever its size.
void rhythm_add(float sum[RHYTHM_BINS], const float power[RHYTHM_BINS]);
// The cycle's frequency, 0 when no line stands out in 0.4 … 2.2 Hz.
double rhythm_find(const float sum[RHYTHM_BINS]);
// How much rate[n] at 50 Hz is like itself one cycle later: correlation, 0 … 1.
double rhythm_regularity(const float *rate, int n, double hz);
// Range of the angle that belongs to the line at hz, rad.
double rhythm_range(const float power[RHYTHM_BINS], double hz);

#endif
