// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/clock_fit.h"

#include <math.h>

#define JITTER_GAIN  0.005
#define GATE_SIGMAS  5.0
#define GAP_SIGMAS   4.0
#define ABS_TO_SIGMA 1.2533 // of a normal distribution
#define STEP_RUN     20     // so many outliers in a row are a step or another jitter, not outliers
#define BIAS_SAMPLES 100.0  // a smaller step shows in the mean of so many residuals …
#define BIAS_SIGMAS  0.7    // … which by chance would be a tenth of this
// A missing sample makes all that follow late by a period. Where one stamp cannot show it, so many on the average do,
// in units of (jitter / period)².
#define LAG_FROM      0.1
#define LAG_UPTO      0.8 // beyond, the average would have to be longer than the time between two losses
#define LAG_SAMPLES   150.0
#define LAG_MIN       8.0
#define MOVES_ALLOWED 5 // this many re-anchorings, each soon after the other, are no steps
#define CALM_SAMPLES  200
// Two periods of one oscillator differ by chance only. Jitter is seldom white, hence eight sigmas to part; to come
// together again they must agree so well that it moves no instant.
#define SAME_PERIOD 0.01
#define PART_SIGMAS 8.0
#define JOIN_SIGMAS 2.0

// Not fmax() and fmin(): these are calls, for the sake of NaN, which does not occur here.
static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

void fit_begin(struct clock_fit *fit, double at_ns, double period_ns, double jitter_ns, int n, double span)
{
    double count = n, periods = larger(span, 1);
    *fit = (struct clock_fit){
        .at_ns = at_ns,
        .period_ns = period_ns,
        .own_at_ns = at_ns,
        .own_period_ns = period_ns,
        .p00 = 4 / count, // of a least-squares line at its end
        .p01 = 6 / (count * periods),
        .p11 = 12 / (count * periods * periods),
        .jitter_ns = larger(jitter_ns, CLOCK_JITTER_FLOOR_NS),
        .memory_ns = fit->memory_ns,
    };
}

double fit_period_variance(const struct clock_fit *fit)
{
    return fit->p11 * fit->jitter_ns * fit->jitter_ns;
}

// Standard deviation of a residual: of the stamp and of the prediction, which after a while is much the smaller.
static double residual_sigma_ns(const struct clock_fit *fit)
{
    return fit->p00 < 0.01 ? fit->jitter_ns : fit->jitter_ns * sqrt(1 + fit->p00);
}

double fit_tolerance_ns(const struct clock_fit *fit)
{
    return larger(0.5 * fit->period_ns, GAP_SIGMAS * residual_sigma_ns(fit));
}

void fit_join(struct clock_fit *fit, const struct clock_hint *hint)
{
    fit->at_ns = fit->own_at_ns;
    fit->period_ns = fit->own_period_ns;
    if (!(hint->period_ns > 0))
        return;
    double own_variance = fit_period_variance(fit), variance = own_variance + hint->variance;
    double difference = hint->period_ns - fit->own_period_ns;
    double sigmas = fit->apart ? JOIN_SIGMAS : PART_SIGMAS;
    fit->apart =
        fabs(difference) > SAME_PERIOD * fit->own_period_ns || difference * difference > sigmas * sigmas * variance;
    if (fit->apart)
        return;
    double turn = difference * own_variance / variance;
    fit->period_ns += turn;
    fit->at_ns += fit->p01 / fit->p11 * turn;
}

// exp(x) of a small positive x, as it is for one period of many thousands: the series, exact to a double's last bits.
static double exp_of_small(double x)
{
    return x < 1e-3 ? 1 + x * (1 + x * (1.0 / 2 + x * (1.0 / 6 + x * (1.0 / 24)))) : exp(x);
}

void fit_predict(struct clock_fit *fit, int periods)
{
    double k = periods, older = exp_of_small(k * fit->period_ns / fit->memory_ns);
    fit->at_ns += k * fit->period_ns;
    fit->own_at_ns += k * fit->own_period_ns;
    fit->p00 = (fit->p00 + 2 * k * fit->p01 + k * k * fit->p11) * older;
    fit->p01 = (fit->p01 + k * fit->p11) * older;
    fit->p11 = fit->p11 * older;
}

// Moves the instant, keeps the period; further stamps soon decide where exactly (variance: of the move, in units of
// the stamps').
static void re_anchor(struct clock_fit *fit, double by_ns, double variance)
{
    fit->own_at_ns += by_ns;
    fit->p00 += variance;
    fit->bias_ns = 0;
    fit->moves++;
    fit->calm = 0;
}

// Outliers in a row that agree with each other are a step of the stamps, else the jitter has grown.
static void take_outlier(struct clock_fit *fit, double residual)
{
    fit->run_sum_ns += residual;
    fit->run_square += residual * residual;
    if (++fit->run < STEP_RUN)
        return;
    double mean = fit->run_sum_ns / fit->run, spread = sqrt(larger(fit->run_square / fit->run - mean * mean, 0));
    if (fabs(mean) > spread)
        re_anchor(fit, mean, larger(1, spread * spread / (fit->jitter_ns * fit->jitter_ns)) / STEP_RUN);
    else
        fit->jitter_ns = larger(fit->jitter_ns, spread);
    fit->run = 0;
    fit->run_sum_ns = fit->run_square = 0;
}

static void take_good(struct clock_fit *fit, double own_residual)
{
    double g0 = fit->p00 / (fit->p00 + 1), g1 = fit->p01 / (fit->p00 + 1);
    fit->own_at_ns += g0 * own_residual;
    fit->own_period_ns += g1 * own_residual;
    fit->p11 -= g1 * fit->p01;
    fit->p01 -= g0 * fit->p01;
    fit->p00 -= g0 * fit->p00;
    fit->run = 0;
    fit->run_sum_ns = fit->run_square = 0;
}

// Whole periods by which the stamps have come to lie off the line, less than one gate at a time.
static int lag_periods(struct clock_fit *fit, double winsorised)
{
    double jitter = fit->jitter_ns / fit->period_ns;
    if (jitter < LAG_FROM || jitter > LAG_UPTO) {
        fit->lag_ns = 0;
        return 0;
    }
    fit->lag_ns += (winsorised - fit->lag_ns) / larger(LAG_SAMPLES * jitter * jitter, LAG_MIN);
    if (fabs(fit->lag_ns) < 0.5 * fit->period_ns)
        return 0;
    int periods = fit->lag_ns > 0 ? 1 : -1;
    fit->own_at_ns += periods * fit->period_ns;
    fit->lag_ns = fit->bias_ns = 0;
    return periods;
}

int fit_correct(struct clock_fit *fit, double stamp_ns, const struct clock_hint *hint)
{
    double residual = stamp_ns - fit->at_ns;
    double gate = GATE_SIGMAS * residual_sigma_ns(fit);
    double winsorised = larger(smaller(residual, gate), -gate);
    // Measured before the gate, but winsorised: the scale follows a change of jitter and shrugs off one outlier. About
    // the mean, lest it grows with a step before the step is noticed.
    fit->jitter_ns += JITTER_GAIN * (fabs(winsorised - fit->bias_ns) * ABS_TO_SIGMA - fit->jitter_ns);
    fit->jitter_ns = larger(fit->jitter_ns, CLOCK_JITTER_FLOOR_NS);
    fit->bias_ns += (winsorised - fit->bias_ns) / BIAS_SAMPLES;
    if (++fit->calm > CALM_SAMPLES)
        fit->moves = 0;
    if (fabs(residual) > gate)
        take_outlier(fit, residual);
    else
        take_good(fit, stamp_ns - fit->own_at_ns);
    int missed = lag_periods(fit, winsorised);
    if (fabs(fit->bias_ns) > BIAS_SIGMAS * fit->jitter_ns)
        re_anchor(fit, fit->bias_ns, 2 / BIAS_SAMPLES);
    fit_join(fit, hint);
    return fit->moves >= MOVES_ALLOWED ? -1 : missed > 0 ? missed : 0;
}
