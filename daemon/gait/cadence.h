// SPDX-License-Identifier: GPL-3.0-or-later
// How well each cadence explains a set of windows. Normalised power spectra are summed over the sites, those of the
// step's signals and those of the stride's apart; a cadence is scored by the share of the power that stands in the
// lines it should have. Internal to the room; RT-safe after create.
#ifndef POISE_GAIT_CADENCE_H
#define POISE_GAIT_CADENCE_H

#include "dsp/spectrum.h"

#include <stdbool.h>

#define CADENCE_FFT   2048
#define CADENCE_BINS  (CADENCE_FFT / 2 + 1)
#define CADENCE_GRID  181 // candidates, 1 % apart: 40 … 240 steps a minute
#define CADENCE_RATIO 1.01
#define CADENCE_FROM  40.0

struct cadence_fused {
    double sum[CADENCE_BINS];       // weighted sum of the normalised powers
    double up_to[CADENCE_BINS + 1]; // and their running sum, for the power of a band
    double weight;
};

struct cadence_spectra {
    struct spectrum *spectrum;
    struct cadence_fused step, stride;
    int n; // samples in a window
};

enum cadence_kind { CADENCE_STEP, CADENCE_STRIDE };

__attribute__((warn_unused_result)) int cadence_create(struct cadence_spectra *c);
void cadence_destroy(struct cadence_spectra *c);
void cadence_begin(struct cadence_spectra *c, int n); // windows of n samples follow
void cadence_add(struct cadence_spectra *c, enum cadence_kind kind, const float *x, double weight);
void cadence_end(struct cadence_spectra *c);

double cadence_hz(int candidate);      // steps per second
int cadence_candidate(double step_hz); // the nearest one, clamped

// Of every candidate, about 0 for noise and 1 … 2 for a clean gait. feet: the fundamental of the step's signals is the
// stride.
void cadence_scores(const struct cadence_spectra *c, bool feet, float score[CADENCE_GRID]);
// The frequency of the line of the step (of the stride for feet) nearest to step_hz, in steps per second.
double cadence_line(const struct cadence_spectra *c, double step_hz, bool feet);
// Share of the power that stands in the lines of the step and of the stride, less what noise would have there: 0 … 1.
double cadence_line_share(const struct cadence_spectra *c, double step_hz);
#endif
