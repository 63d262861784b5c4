// SPDX-License-Identifier: GPL-3.0-or-later
// Decimating low-pass: windowed-sinc FIR (Hamming) with a constant delay of (taps - 1) / 2 input samples, so that all
// channels stay aligned. State is caller-owned; RT-safe after init.
#ifndef POISE_DSP_FIR_H
#define POISE_DSP_FIR_H

#define FIR_TAPS_MAX 128

struct fir {
    int taps;              // odd
    float h[FIR_TAPS_MAX]; // symmetric, sum 1
};

struct fir_state {
    float line[2 * FIR_TAPS_MAX]; // written twice, so that the newest taps always lie in one piece
    int at;
};

// taps is odd and ≤ FIR_TAPS_MAX; cut_hz is the half-amplitude frequency.
void fir_design_low_pass(struct fir *fir, int taps, double rate_hz, double cut_hz);
void fir_reset(struct fir_state *state);
void fir_push(const struct fir *fir, struct fir_state *state, float x);
float fir_output(const struct fir *fir, const struct fir_state *state); // of the samples pushed so far

#endif
