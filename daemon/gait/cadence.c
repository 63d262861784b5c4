// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/cadence.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define RATE_HZ        100.0
#define BAND_FROM_HZ   0.5 // what counts as movement when power is normalised
#define BAND_TO_HZ     12.0
#define HARMONICS      3
#define MIN_OF_LARGEST 0.15 // a fundamental weaker than this share of the strongest line is not one
#define HALF_WIDTH_HZ  0.20 // of a line, for the share of power in it: the Hann main lobe of 6 s plus step jitter
#define TRACK_BONUS    1.15
#define TRACK_WIDTH    0.08
#define AGREEMENT      0.03

static double hz_of(double bin)
{
    return bin * RATE_HZ / CADENCE_FFT;
}

static size_t bin_of(double hz)
{
    return (size_t)lround(hz * CADENCE_FFT / RATE_HZ);
}

int cadence_create(struct cadence_spectra *c)
{
    memset(c, 0, sizeof *c);
    return spectrum_create(&c->spectrum, CADENCE_FFT);
}

void cadence_destroy(struct cadence_spectra *c)
{
    spectrum_destroy(c->spectrum);
    c->spectrum = NULL;
}

void cadence_begin(struct cadence_spectra *c)
{
    memset(c->sum, 0, sizeof c->sum);
    c->weight = 0;
    c->n_sites = 0;
}

static double power_between(const float *power, double from_hz, double to_hz)
{
    double sum = 0;
    size_t to = bin_of(to_hz);
    for (size_t k = bin_of(fmax(from_hz, 0)); k <= to && k < CADENCE_BINS; k++)
        sum += (double)power[k];
    return sum;
}

void cadence_add(struct cadence_spectra *c, const float *x, int n, float weight)
{
    spectrum_run(c->spectrum, x, (size_t)n);
    const float *power = spectrum_power(c->spectrum);
    double total = power_between(power, BAND_FROM_HZ, BAND_TO_HZ);
    if (!(total > 0))
        return;
    float scale = weight / (float)total;
    for (size_t k = 0; k < CADENCE_BINS; k++)
        c->sum[k] += scale * power[k];
    c->weight += weight;
    if (c->n_sites < 8)
        c->site_peak_hz[c->n_sites++] = (float)hz_of((double)peak_largest(power, bin_of(BAND_FROM_HZ), bin_of(5.0)));
}

// Power at the multiples of a frequency: a fundamental collects its harmonics, a harmonic only every second one.
static double score(const float *power, size_t k, double previous_hz)
{
    double sum = 0;
    for (size_t h = 1; h <= HARMONICS && h * k + 2 < CADENCE_BINS; h++)
        for (size_t j = h * k - (h > 1 ? 2 : 0); j <= h * k + (h > 1 ? 2 : 0); j++)
            sum += (double)power[j] / (h > 1 ? 5 : 1);
    if (previous_hz > 0 && fabs(hz_of((double)k) / previous_hz - 1) < TRACK_WIDTH)
        sum *= TRACK_BONUS;
    return sum;
}

// Share of the power that stands in the lines, less the share that noise without any lines would have in so much of the
// band; times how many sites have their own peak on one of the lines.
static double confidence_of(const struct cadence_spectra *c, double hz)
{
    double inside = 0, covered = 0, total = power_between(c->sum, BAND_FROM_HZ, BAND_TO_HZ);
    double width = fmin(HALF_WIDTH_HZ, 0.12 * hz);
    // The half multiples are the stride's: a limping runner is as periodic as a symmetric one.
    for (int h = 1; h <= 2 * HARMONICS + 2 && 0.5 * h * hz + width < BAND_TO_HZ; h++) {
        double from = fmax(0.5 * h * hz - width, BAND_FROM_HZ), to = 0.5 * h * hz + width;
        inside += power_between(c->sum, from, to);
        covered += (to - from) / (BAND_TO_HZ - BAND_FROM_HZ);
    }
    int agree = 0;
    for (int i = 0; i < c->n_sites; i++)
        for (int h = 1; h <= 4; h++)
            if (fabs((double)c->site_peak_hz[i] / (0.5 * h * hz) - 1) < AGREEMENT) {
                agree++;
                break;
            }
    double share = total > 0 ? fmin(inside / total, 1) : 0;
    return fmax(share - covered, 0) / (1 - covered) * (0.5 + 0.5 * agree / (double)c->n_sites);
}

struct cadence_peak cadence_find(const struct cadence_spectra *c, double min_hz, double max_hz, double previous_hz)
{
    struct cadence_peak found = {0};
    size_t from = bin_of(min_hz), to = bin_of(max_hz), best = 0;
    if (c->n_sites == 0 || from < 1)
        return found;
    size_t largest = peak_largest(c->sum, from, to);
    if (largest > to || !(c->sum[largest] > 0))
        return found;
    double best_score = 0;
    for (size_t k = from; k <= to; k++) {
        bool top = c->sum[k] >= c->sum[k - 1] && c->sum[k] > c->sum[k + 1];
        if (!top || (double)c->sum[k] < MIN_OF_LARGEST * (double)c->sum[largest])
            continue;
        double s = score(c->sum, k, previous_hz);
        if (s > best_score) {
            best_score = s;
            best = k;
        }
    }
    if (best == 0)
        return found;
    found.hz = hz_of(peak_between_bins(c->sum, CADENCE_BINS, best));
    found.confidence = confidence_of(c, found.hz);
    return found;
}
