// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/window.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define SMOOTH_HZ    1.6
#define SLOPE_USUAL  0.8 // quantile of the slope's magnitude that a breath reaches …
#define SLOPE_EXCESS 3.0 // … and how many times that no breath exceeds
#define COVERAGE     (2.0 / 3.0)

double breath_bin(double hz)
{
    return hz * BREATH_N_FFT / BREATHING_RATE_HZ;
}

double breath_hz(double bin)
{
    return bin * BREATHING_RATE_HZ / BREATH_N_FFT;
}

void signal_history_init(struct signal_history *h)
{
    memset(h, 0, sizeof *h);
    fir_design_low_pass(&h->smooth, 2 * SMOOTH_SAMPLES + 1, BREATHING_RATE_HZ, SMOOTH_HZ);
}

void signal_history_push(struct signal_history *h, const struct breath_sample *sample)
{
    size_t at = h->n % BREATH_RING;
    for (int c = 0; c < N_COMPARTMENTS; c++) {
        const struct breath_channel *channel = &sample->channel[c];
        bool changed = channel->kind != h->kind[c];
        if (changed) {
            h->kind[c] = channel->kind;
            h->since[c] = h->n;
        }
        for (int a = 0; a < BREATH_AXES; a++) {
            int i = c * BREATH_AXES + a;
            for (int k = 0; changed && k < h->smooth.taps; k++) // from the new level, not by a step
                fir_push(&h->smooth, &h->state[i], channel->x[a]);
            fir_push(&h->smooth, &h->state[i], channel->x[a]);
            h->x[i][at] = fir_output(&h->smooth, &h->state[i]);
        }
        h->measured[c][at] = channel->measured;
    }
    h->moving[at] = sample->moving;
    h->stride_hz[at] = sample->moving ? (float)(0.5 * sample->step_hz) : 0;
    h->n++;
}

// A jump of posture has more slope than any breath: what exceeds a few times the usual slope is taken out of the path.
static void limit_steps(float *x, int n, float scratch[BREATH_RING])
{
    for (int i = 1; i < n; i++)
        scratch[i - 1] = fabsf(x[i] - x[i - 1]);
    float limit = (float)SLOPE_EXCESS * quantile_in_place(scratch, (size_t)(n - 1), SLOPE_USUAL);
    float excess = 0, before = x[0];
    for (int i = 1; i < n; i++) {
        float slope = x[i] - before;
        before = x[i];
        excess += slope - fminf(fmaxf(slope, -limit), limit);
        x[i] -= excess;
    }
}

static void remove_line(float *x, int n)
{
    double mean = 0, slope = 0, centre = 0.5 * (n - 1);
    for (int i = 0; i < n; i++) {
        mean += (double)x[i] / n;
        slope += (double)x[i] * (i - centre);
    }
    slope /= (double)n * ((double)n * n - 1) / 12;
    for (int i = 0; i < n; i++)
        x[i] -= (float)(mean + slope * (i - centre));
}

static void take_channel(struct breath_window *w, const struct signal_history *h, int compartment, int axis)
{
    int k = w->n_channels++, from = compartment * BREATH_AXES + axis;
    float *x = w->x[k];
    for (int i = 0; i < w->n; i++)
        x[i] = h->x[from][(w->first + (uint64_t)i) % BREATH_RING];
    limit_steps(x, w->n, w->scratch);
    remove_line(x, w->n);
    spectrum_run(w->fft, x, (size_t)w->n);
    memcpy(w->spectrum[k], spectrum_complex(w->fft), sizeof w->spectrum[k]);
    const float *power = spectrum_power(w->fft);
    for (int b = 0; b < BREATH_BINS; b++)
        w->power[compartment][b] += power[b];
    w->compartment[k] = compartment;
    w->axis[k] = axis;
}

static bool is_usable(const struct breath_window *w, const struct signal_history *h, int c)
{
    if (h->kind[c] == BREATH_NONE || (w->moving && h->kind[c] == BREATH_GRAVITY))
        return false;
    if (h->since[c] > w->first)
        return false;
    double measured = 0;
    for (int i = 0; i < w->n; i++)
        measured += (double)h->measured[c][(w->first + (uint64_t)i) % BREATH_RING];
    return measured >= COVERAGE * w->n;
}

static void take_gait(struct breath_window *w, const struct signal_history *h)
{
    int moving = 0;
    w->stride_hz = 0;
    for (int i = 0; i < w->n; i++) {
        size_t at = (w->first + (uint64_t)i) % BREATH_RING;
        moving += h->moving[at];
        w->stride_hz += (double)h->stride_hz[at];
    }
    w->moving = moving > 0;
    if (moving > 0)
        w->stride_hz /= moving;
}

bool breath_window_take(struct breath_window *w, const struct signal_history *h, int n, int before)
{
    w->n = n;
    w->first = h->n - (uint64_t)before - (uint64_t)n;
    w->n_channels = 0;
    take_gait(w, h);
    memset(w->power, 0, sizeof w->power);
    memset(w->missing, 0, sizeof w->missing);
    int missing = 0;
    for (int c = 0; c < N_COMPARTMENTS; c++) {
        w->used[c] = is_usable(w, h, c);
        for (int i = 0; w->used[c] && i < n; i++)
            w->missing[i] |= h->measured[c][(w->first + (uint64_t)i) % BREATH_RING] < 0.5F;
        for (int a = 0; w->used[c] && a < (h->kind[c] == BREATH_BAND ? 1 : BREATH_AXES); a++)
            take_channel(w, h, c, a);
    }
    for (int i = 0; i < n; i++)
        missing += w->missing[i];
    w->missing_share = (double)missing / n;
    return w->n_channels > 0;
}
