// SPDX-License-Identifier: GPL-3.0-or-later
// The step frequency in a set of windows: normalised power spectra summed over the sites, candidates scored with their
// harmonics, the peak refined by a log-parabola. Internal to the room; RT-safe after create.
#ifndef POISE_GAIT_CADENCE_H
#define POISE_GAIT_CADENCE_H

#include "dsp/spectrum.h"

#define CADENCE_FFT  4096
#define CADENCE_BINS (CADENCE_FFT / 2 + 1)

struct cadence_spectra {
    struct spectrum *spectrum;
    float sum[CADENCE_BINS]; // weighted sum of the normalised spectra
    float weight;
    int n_sites;
    float site_peak_hz[8]; // each site's own strongest frequency, for the agreement
};

__attribute__((warn_unused_result)) int cadence_create(struct cadence_spectra *c);
void cadence_destroy(struct cadence_spectra *c);
void cadence_begin(struct cadence_spectra *c);
void cadence_add(struct cadence_spectra *c, const float *x, int n, float weight);

struct cadence_peak {
    double hz;         // 0 when there is none
    double confidence; // 0 … 1
};
// The fundamental between min_hz and max_hz; previous_hz (0 for none) is favoured a little.
struct cadence_peak cadence_find(const struct cadence_spectra *c, double min_hz, double max_hz, double previous_hz);

#endif
