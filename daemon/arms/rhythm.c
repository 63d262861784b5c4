// SPDX-License-Identifier: GPL-3.0-or-later
#include "arms/rhythm.h"

#include "arms/limb.h"
#include "arms/swing.h"
#include "dsp/units.h"

#include <math.h>
#include <stdbool.h>

#define BOTTOM_HZ    0.3
#define MIN_HZ       0.4
#define MAX_HZ       2.2
#define CYCLE_SPREAD 0.1

static size_t bin_of(double hz)
{
    return (size_t)lround(hz * RHYTHM_FFT / RHYTHM_RATE_HZ);
}

static double total(const float power[RHYTHM_BINS])
{
    double sum = 0;
    for (size_t k = bin_of(BOTTOM_HZ); k <= bin_of(RHYTHM_TOP_HZ); k++)
        sum += (double)power[k];
    return sum;
}

void rhythm_power(struct spectrum *spectrum, const float *rate, int n, float power[RHYTHM_BINS])
{
    const int step = (int)(LIMB_RATE_HZ / RHYTHM_RATE_HZ);
    float x[SWING_SAMPLES_MAX / 2];
    int count = 0;
    for (int j = 0; j < n; j += step)
        x[count++] = rate[j];
    spectrum_run(spectrum, x, (size_t)count);
    const float *result = spectrum_power(spectrum);
    for (size_t k = 0; k < RHYTHM_BINS; k++)
        power[k] = result[k];
}

void rhythm_add(float sum[RHYTHM_BINS], const float power[RHYTHM_BINS])
{
    double all = total(power);
    for (size_t k = 0; k < RHYTHM_BINS && all > 0; k++)
        sum[k] += (float)((double)power[k] / all);
}

// Over f squared it is the angle's power: there the cycle stands above its harmonics.
double rhythm_find(const float sum[RHYTHM_BINS])
{
    size_t best = 0;
    double best_power = 0;
    for (size_t k = bin_of(MIN_HZ); k <= bin_of(MAX_HZ); k++) {
        double power = (double)sum[k] / ((double)k * (double)k);
        bool peak = sum[k] >= sum[k - 1] && sum[k] > sum[k + 1];
        if (peak && power > best_power) {
            best = k;
            best_power = power;
        }
    }
    return best ? peak_between_bins(sum, RHYTHM_BINS, best) * RHYTHM_RATE_HZ / RHYTHM_FFT : 0;
}

double rhythm_regularity(const float *rate, int n, double hz)
{
    double cycle = LIMB_RATE_HZ / hz, best = 0;
    int from = (int)floor(cycle * (1 - CYCLE_SPREAD)), to = (int)ceil(cycle * (1 + CYCLE_SPREAD));
    for (int lag = from; lag <= to && 2 * lag <= n; lag++) {
        double both = 0, early = 0, late = 0;
        for (int j = lag; j < n; j++) {
            double x = (double)rate[j - lag], y = (double)rate[j];
            both += x * y;
            early += x * x;
            late += y * y;
        }
        if (both > 0)
            best = fmax(best, both / sqrt(early * late));
    }
    return best;
}

double rhythm_range(const float power[RHYTHM_BINS], double hz)
{
    double rate = 2 * sqrt((double)power[bin_of(hz)]); // amplitude of the rate
    return 2 * rate / (2 * PI * hz);
}
