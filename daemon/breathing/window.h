// SPDX-License-Identifier: GPL-3.0-or-later
// The last 15 to 60 s of chest and abdomen as channels (up to three axes each) for the analysis of the rate: jumps of
// posture limited, line removed, and their spectra. Internal to the room. RT-safe after create.
#ifndef POISE_BREATHING_WINDOW_H
#define POISE_BREATHING_WINDOW_H

#include "breathing/estimator.h"
#include "dsp/fir.h"
#include "dsp/spectrum.h"

#include <stdbool.h>
#include <stdint.h>

#define BREATH_RING    2048 // samples, 81.9 s
#define BREATH_N_FFT   4096
#define BREATH_BINS    512 // kept: to 3.1 Hz
#define CHANNELS_MAX   (N_COMPARTMENTS * BREATH_AXES)
#define SMOOTH_SAMPLES 25 // delay of the low-pass in the ring

// What was measured, low-passed at 1.6 Hz, above any breath's second harmonic that matters.
struct signal_history {
    struct fir smooth;
    struct fir_state state[CHANNELS_MAX];
    float x[CHANNELS_MAX][BREATH_RING];
    float measured[N_COMPARTMENTS][BREATH_RING];
    bool moving[BREATH_RING];
    float stride_hz[BREATH_RING];
    enum breath_kind kind[N_COMPARTMENTS];
    uint64_t since[N_COMPARTMENTS]; // first sample of this kind
    uint64_t n;                     // samples so far
};

void signal_history_init(struct signal_history *h);
// x: gait cancelled.
void signal_history_push(struct signal_history *h, const struct breath_sample *sample);

struct breath_window {
    struct spectrum *fft; // the caller's
    int n;                // samples
    uint64_t first;       // of the history
    bool moving;          // in any part of it
    double stride_hz;     // mean while moving
    bool used[N_COMPARTMENTS];
    int n_channels;
    int compartment[CHANNELS_MAX], axis[CHANNELS_MAX];
    float x[CHANNELS_MAX][BREATH_RING];
    float spectrum[CHANNELS_MAX][BREATH_BINS][2]; // as spectrum_complex
    float power[N_COMPARTMENTS][BREATH_BINS];     // axes summed
    bool missing[BREATH_RING];                    // in any compartment used
    double missing_share;
    float scratch[BREATH_RING];
};

// Takes n samples, the last of them `before` samples ago. False when no compartment can be used in them.
bool breath_window_take(struct breath_window *w, const struct signal_history *h, int n, int before);

double breath_bin(double hz); // fractional bin of a frequency, and back
double breath_hz(double bin);

#endif
