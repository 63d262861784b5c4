// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/spectrum.h"

#include "dsp/units.h"

#include <errno.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct spectrum {
    size_t n_fft;
    float *in;
    fftwf_complex *out;
    float *power;
    float *window; // Hann of the length below
    size_t window_length;
    fftwf_plan plan;
};

int spectrum_create(struct spectrum **out, size_t n_fft)
{
    *out = NULL;
    if (n_fft < 16 || (n_fft & (n_fft - 1)) != 0)
        return -EINVAL;
    struct spectrum *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    size_t bins = n_fft / 2 + 1;
    s->n_fft = n_fft;
    s->in = fftwf_alloc_real(n_fft);
    s->out = fftwf_alloc_complex(bins);
    s->power = calloc(bins, sizeof *s->power);
    s->window = calloc(n_fft, sizeof *s->window);
    if (s->in && s->out)
        s->plan = fftwf_plan_dft_r2c_1d((int)n_fft, s->in, s->out, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    if (!s->plan || !s->power || !s->window) {
        spectrum_destroy(s);
        return -ENOMEM;
    }
    memset(s->out, 0, bins * sizeof *s->out);
    *out = s;
    return 0;
}

void spectrum_destroy(struct spectrum *s)
{
    if (!s)
        return;
    if (s->plan)
        fftwf_destroy_plan(s->plan);
    fftwf_free(s->in);
    fftwf_free(s->out);
    free(s->power);
    free(s->window);
    free(s);
}

static void prepare_window(struct spectrum *s, size_t n)
{
    if (s->window_length == n)
        return;
    for (size_t i = 0; i < n; i++)
        s->window[i] = (float)(0.5 - 0.5 * cos(2.0 * PI * ((double)i + 0.5) / (double)n));
    s->window_length = n;
}

void spectrum_run(struct spectrum *s, const float *x, size_t n)
{
    prepare_window(s, n);
    double mean = 0, slope = 0, centre = 0.5 * (double)(n - 1);
    for (size_t i = 0; i < n; i++) {
        mean += (double)x[i];
        slope += (double)x[i] * ((double)i - centre);
    }
    mean /= (double)n;
    slope /= (double)n * ((double)n * (double)n - 1.0) / 12.0;
    for (size_t i = 0; i < n; i++)
        s->in[i] = s->window[i] * (float)((double)x[i] - mean - slope * ((double)i - centre));
    memset(s->in + n, 0, (s->n_fft - n) * sizeof *s->in);
    fftwf_execute(s->plan);

    const float scale = (float)(2.0 / (double)n); // the Hann window's sum is n / 2
    for (size_t k = 0; k < s->n_fft / 2 + 1; k++) {
        s->out[k][0] *= scale;
        s->out[k][1] *= scale;
        s->power[k] = s->out[k][0] * s->out[k][0] + s->out[k][1] * s->out[k][1];
    }
}

size_t spectrum_bins(const struct spectrum *s)
{
    return s->n_fft / 2 + 1;
}

const float *spectrum_power(const struct spectrum *s)
{
    return s->power;
}

const float *spectrum_complex(const struct spectrum *s)
{
    return &s->out[0][0];
}

double peak_between_bins(const float *power, size_t n, size_t k)
{
    if (k == 0 || k + 1 >= n || !(power[k - 1] > 0) || !(power[k] > 0) || !(power[k + 1] > 0))
        return (double)k;
    double below = log((double)power[k - 1]), at = log((double)power[k]), above = log((double)power[k + 1]);
    double curve = below - 2.0 * at + above;
    if (!(curve < 0))
        return (double)k;
    double shift = 0.5 * (below - above) / curve;
    return (double)k + fmin(fmax(shift, -0.5), 0.5);
}

size_t peak_largest(const float *power, size_t from, size_t to)
{
    size_t best = to + 1;
    for (size_t k = from; k <= to; k++)
        if (isfinite(power[k]) && (best > to || power[k] > power[best]))
            best = k;
    return best;
}
