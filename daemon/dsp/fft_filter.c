// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/fft_filter.h"

#include <errno.h>
#include <fftw3.h>
#include <stdlib.h>
#include <string.h>

struct fft_filter {
    size_t n_fft;
    float *time;
    fftwf_complex *frequency;
    fftwf_plan forward, backward;
};

int fft_filter_create(struct fft_filter **out, size_t n_fft)
{
    *out = NULL;
    if (n_fft < 16 || (n_fft & (n_fft - 1)) != 0)
        return -EINVAL;
    struct fft_filter *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->n_fft = n_fft;
    f->time = fftwf_alloc_real(n_fft);
    f->frequency = fftwf_alloc_complex(n_fft / 2 + 1);
    if (f->time && f->frequency) {
        f->forward = fftwf_plan_dft_r2c_1d((int)n_fft, f->time, f->frequency, FFTW_ESTIMATE);
        f->backward = fftwf_plan_dft_c2r_1d((int)n_fft, f->frequency, f->time, FFTW_ESTIMATE);
    }
    if (!f->forward || !f->backward) {
        fft_filter_destroy(f);
        return -ENOMEM;
    }
    *out = f;
    return 0;
}

void fft_filter_destroy(struct fft_filter *f)
{
    if (!f)
        return;
    if (f->forward)
        fftwf_destroy_plan(f->forward);
    if (f->backward)
        fftwf_destroy_plan(f->backward);
    fftwf_free(f->time);
    fftwf_free(f->frequency);
    free(f);
}

void fft_filter_run(struct fft_filter *f, const float *x, size_t n, size_t ends, const float *gain, float *y)
{
    memset(f->time, 0, f->n_fft * sizeof *f->time);
    for (size_t i = 0; i < ends; i++) {
        f->time[i] = 2 * x[0] - x[ends - i];
        f->time[ends + n + i] = 2 * x[n - 1] - x[n - 2 - i];
    }
    memcpy(f->time + ends, x, n * sizeof *x);
    fftwf_execute(f->forward);
    for (size_t k = 0; k <= f->n_fft / 2; k++) {
        f->frequency[k][0] *= gain[k] / (float)f->n_fft;
        f->frequency[k][1] *= gain[k] / (float)f->n_fft;
    }
    fftwf_execute(f->backward);
    memcpy(y, f->time + ends, n * sizeof *y);
}
