// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/clock.h"

#include "dsp/stats.h"

#include <math.h>

#define JITTER_FLOOR_NS  1000.0 // below a microsecond the gate would reject the stamps' own resolution
#define RESTART_AHEAD_NS 10e9
#define RESTART_BACK_NS  0.25e9
#define GATE_SIGMAS      5.0
#define STEP_RUN         20 // so many outliers in a row are a step, not outliers
#define JITTER_GAIN      0.005
#define MAD_TO_SIGMA     1.4826

static double median_of(const double *x, int n)
{
    double copy[CLOCK_START_MAX];
    for (int i = 0; i < n; i++)
        copy[i] = x[i];
    return median_in_place(copy, (size_t)n);
}

// A stamp is late by whole samples, not by jitter, beyond half a period plus what jitter explains.
static double gap_threshold(double period_ns, double jitter_ns)
{
    return 0.5 * period_ns + 4.0 * jitter_ns;
}

struct line {
    double at0, slope;
};

static struct line fit_line(const double *x, const double *y, const double *weight, int n)
{
    double sw = 0, sx = 0, sy = 0;
    for (int i = 0; i < n; i++) {
        sw += weight[i];
        sx += weight[i] * x[i];
        sy += weight[i] * y[i];
    }
    double mx = sx / sw, my = sy / sw, sxx = 0, sxy = 0;
    for (int i = 0; i < n; i++) {
        sxx += weight[i] * (x[i] - mx) * (x[i] - mx);
        sxy += weight[i] * (x[i] - mx) * (y[i] - my);
    }
    double slope = sxx > 0 ? sxy / sxx : 0;
    return (struct line){my - slope * mx, slope};
}

// The period that most neighbouring stamps agree on; the mean when stamps repeat so often that the median is 0.
static double typical_period(const int64_t *stamp_ns, int n, double *spread_ns)
{
    double step[CLOCK_START_MAX];
    for (int i = 1; i < n; i++)
        step[i - 1] = (double)(stamp_ns[i] - stamp_ns[i - 1]);
    double period = median_of(step, n - 1);
    double mean = (double)(stamp_ns[n - 1] - stamp_ns[0]) / (n - 1);
    if (!(period > 0) || period < 0.5 * mean || period > 2.0 * mean)
        period = mean;
    for (int i = 0; i < n - 1; i++)
        step[i] = fabs(step[i] - period);
    *spread_ns = MAD_TO_SIGMA * median_of(step, n - 1);
    return period;
}

bool clock_start(struct clock_model *clock, const int64_t *stamp_ns, int n, double memory_s,
                 struct clock_sample *samples)
{
    double number[CLOCK_START_MAX], time[CLOCK_START_MAX], weight[CLOCK_START_MAX], residual[CLOCK_START_MAX];
    if (n < 2 || n > CLOCK_START_MAX)
        return false;
    double spread, period = typical_period(stamp_ns, n, &spread);
    if (!(period > 0))
        return false;

    double count = 0;
    for (int i = 0; i < n; i++) {
        double late = i > 0 ? (double)(stamp_ns[i] - stamp_ns[i - 1]) - period : 0;
        int missed = late > gap_threshold(period, spread) ? (int)lround(fmin(late / period, 1e6)) : 0;
        samples[i] = (struct clock_sample){.missed = missed};
        count += i > 0 ? 1 + missed : 0;
        number[i] = count;
        time[i] = (double)(stamp_ns[i] - stamp_ns[0]);
        weight[i] = 1;
    }
    struct line line = fit_line(number, time, weight, n);
    for (int i = 0; i < n; i++)
        residual[i] = fabs(time[i] - line.at0 - line.slope * number[i]);
    double scale = fmax(MAD_TO_SIGMA * median_of(residual, n), JITTER_FLOOR_NS);
    for (int i = 0; i < n; i++)
        weight[i] = residual[i] <= GATE_SIGMAS * scale ? 1 : 0;
    line = fit_line(number, time, weight, n);
    if (!(line.slope > 0))
        return false;

    for (int i = 0; i < n; i++)
        samples[i].time_ns = stamp_ns[0] + llround(line.at0 + line.slope * number[i]);
    double big_n = n; // covariance of a least-squares line at its end
    *clock = (struct clock_model){
        .base_ns = stamp_ns[0],
        .at_ns = line.at0 + line.slope * number[n - 1],
        .period_ns = line.slope,
        .p00 = 4 / big_n,
        .p01 = 6 / (big_n * big_n),
        .p11 = 12 / (big_n * big_n * big_n),
        .jitter_ns = scale,
        .memory_ns = memory_s * 1e9,
    };
    return true;
}

static void predict(struct clock_model *c, int periods)
{
    double k = periods, forget = exp(-k * c->period_ns / c->memory_ns);
    c->at_ns += k * c->period_ns;
    c->p00 = (c->p00 + 2 * k * c->p01 + k * k * c->p11) / forget;
    c->p01 = (c->p01 + k * c->p11) / forget;
    c->p11 = c->p11 / forget;
}

static void correct(struct clock_model *c, double residual)
{
    double g0 = c->p00 / (c->p00 + 1), g1 = c->p01 / (c->p00 + 1);
    c->at_ns += g0 * residual;
    c->period_ns += g1 * residual;
    c->p11 -= g1 * c->p01;
    c->p01 -= g0 * c->p01;
    c->p00 -= g0 * c->p00;
}

struct clock_sample clock_step(struct clock_model *c, int64_t stamp_ns)
{
    double stamp = (double)(stamp_ns - c->base_ns);
    double late = stamp - c->at_ns - c->period_ns;
    if (!(late < RESTART_AHEAD_NS) || late < -RESTART_BACK_NS)
        return (struct clock_sample){.time_ns = stamp_ns, .restart = true};
    int missed = late > gap_threshold(c->period_ns, c->jitter_ns) ? (int)lround(late / c->period_ns) : 0;
    predict(c, 1 + missed);
    double residual = stamp - c->at_ns;

    // Measured before the gate, but winsorised: the scale follows a change of jitter and shrugs off one outlier.
    double gate = GATE_SIGMAS * c->jitter_ns;
    c->jitter_ns += JITTER_GAIN * (fmin(fabs(residual), gate) * 1.2533 - c->jitter_ns);
    c->jitter_ns = fmax(c->jitter_ns, JITTER_FLOOR_NS);
    if (fabs(residual) <= gate) {
        correct(c, residual);
        c->outliers = 0;
        c->step_sum_ns = 0;
    } else {
        c->step_sum_ns += residual;
        if (++c->outliers >= STEP_RUN) {
            c->at_ns += c->step_sum_ns / c->outliers;
            c->outliers = 0;
            c->step_sum_ns = 0;
        }
    }
    return (struct clock_sample){.time_ns = c->base_ns + llround(c->at_ns), .missed = missed};
}
