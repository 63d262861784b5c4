// SPDX-License-Identifier: GPL-3.0-or-later
// A filter of a whole window by FFT (FFTW, single precision, FFTW_ESTIMATE): any gain over frequency, no delay. The
// window is continued at both ends by its own point reflection, so that the filter does not ring there. create plans
// and allocates (before real time, from one thread at a time); the rest is RT-safe.
#ifndef POISE_DSP_FFT_FILTER_H
#define POISE_DSP_FFT_FILTER_H

#include <stddef.h>

struct fft_filter;

// n_fft is a power of two ≥ 16. 0, -EINVAL or -ENOMEM.
__attribute__((warn_unused_result)) int fft_filter_create(struct fft_filter **out, size_t n_fft);
void fft_filter_destroy(struct fft_filter *filter); // accepts NULL

// y[n] = x[n] filtered with the real gain of each bin, gain[n_fft / 2 + 1], of frequency bin · rate / n_fft; continued
// by `ends` samples at either end. n ≥ 2, ends < n, n + 2 · ends ≤ n_fft. y may be x.
void fft_filter_run(struct fft_filter *filter, const float *x, size_t n, size_t ends, const float *gain, float *y);

#endif
