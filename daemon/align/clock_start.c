// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/clock_private.h"

#include "dsp/stats.h"

#include <math.h>

#define START_SLOWEST_S 1.0 // a slow source starts with what it has by then
#define START_BACK_NS   0.25e9
#define START_AHEAD_NS  1e9
#define GATE_SIGMAS     5.0
#define MAD_TO_SIGMA    1.4826
#define FIRST_FEW       9

static double median_of(const double *x, int n)
{
    double copy[CLOCK_START_MAX];
    for (int i = 0; i < n; i++)
        copy[i] = x[i];
    return median_in_place(copy, (size_t)n);
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
static double typical_period(const int64_t *stamp_ns, int n, double *jitter_ns)
{
    double step[CLOCK_START_MAX];
    for (int i = 1; i < n; i++)
        step[i - 1] = clock_span_ns(stamp_ns[i - 1], stamp_ns[i]);
    double period = median_of(step, n - 1);
    double mean = clock_span_ns(stamp_ns[0], stamp_ns[n - 1]) / (n - 1);
    if (!(period > 0) || period < 0.5 * mean || period > 2.0 * mean)
        period = mean;
    for (int i = 0; i < n - 1; i++)
        step[i] = fabs(step[i] - period);
    *jitter_ns = MAD_TO_SIGMA * median_of(step, n - 1) / sqrt(2);
    return period;
}

// Counts the samples, missing ones included, by sending the stamps through a clock that already stands, however
// roughly: how holes, backlogs and repeated samples are told apart is in one place. number is NaN for dropped ones.
static bool number_samples(const struct clock_model *c, double *number, struct clock_sample *samples)
{
    int n = c->n_waiting;
    struct clock_model rough = {.standing = true, .base_ns = c->waiting_ns[0], .last_stamp_ns = c->waiting_ns[0] - 1};
    double jitter, first[FIRST_FEW], period = typical_period(c->waiting_ns, n, &jitter);
    if (!(period > 0))
        return false;
    int few = n < FIRST_FEW ? n : FIRST_FEW;
    for (int i = 0; i < few; i++)
        first[i] = clock_span_ns(rough.base_ns, c->waiting_ns[i]) - i * period;
    rough.fit.memory_ns = c->memory_s * 1e9;
    fit_begin(&rough.fit, median_in_place(first, (size_t)few) - period, period, jitter, few, 1);
    rough.fit.p01 = 0;
    rough.fit.p11 = fmax(4.0 / n, pow(1e-3 * period / rough.fit.jitter_ns, 2));
    int n_out = 0;
    const struct clock_hint none = {0};
    for (int i = 0; i < n; i++) {
        rough.waiting_ns[rough.n_waiting++] = c->waiting_ns[i];
        n_out = clock_settle(&rough, &none, samples, n_out, i == n - 1);
        if (!rough.standing)
            return false;
    }
    double count = -1;
    for (int i = 0; i < n; i++) {
        if (!samples[i].dropped)
            count += 1 + (count >= 0 ? samples[i].missed : 0);
        number[i] = samples[i].dropped ? NAN : count;
    }
    samples[0].missed = 0;
    return true;
}

int clock_start(struct clock_model *c, const struct clock_hint *hint, struct clock_sample *out)
{
    double number[CLOCK_START_MAX], time[CLOCK_START_MAX], weight[CLOCK_START_MAX], residual[CLOCK_START_MAX];
    int n = c->n_waiting, n_good = 0, last = 0;
    if (!number_samples(c, number, out))
        return clock_drop_waiting(c, n, out, 0);
    double x[CLOCK_START_MAX];
    for (int i = 0; i < n; i++)
        if (!out[i].dropped) {
            x[n_good] = number[i];
            time[n_good] = clock_span_ns(c->waiting_ns[0], c->waiting_ns[i]);
            weight[n_good++] = 1;
            last = i;
        }
    if (n_good < 2)
        return clock_drop_waiting(c, n, out, 0);
    struct line line = fit_line(x, time, weight, n_good);
    for (int i = 0; i < n_good; i++)
        residual[i] = fabs(time[i] - line.at0 - line.slope * x[i]);
    double scale = MAD_TO_SIGMA * median_of(residual, n_good);
    for (int i = 0; i < n_good; i++)
        weight[i] = residual[i] <= GATE_SIGMAS * fmax(scale, CLOCK_JITTER_FLOOR_NS) ? 1 : 0;
    line = fit_line(x, time, weight, n_good);
    if (!(line.slope > 0))
        return clock_drop_waiting(c, n, out, 0);

    c->standing = true;
    c->base_ns = c->waiting_ns[0];
    c->last_stamp_ns = c->waiting_ns[last];
    c->fit = (struct clock_fit){.memory_ns = c->memory_s * 1e9};
    fit_begin(&c->fit, line.at0 + line.slope * number[last], line.slope, scale, n_good, number[last]);
    fit_join(&c->fit, hint);
    for (int i = 0; i < n; i++)
        if (!out[i].dropped)
            out[i].time_ns = c->base_ns + llround(c->fit.at_ns - (number[last] - number[i]) * c->fit.period_ns);
    c->n_waiting = 0;
    return n;
}

static bool is_long_enough(const struct clock_model *c)
{
    double span_ns = clock_span_ns(c->waiting_ns[0], c->waiting_ns[c->n_waiting - 1]);
    bool enough = c->n_waiting >= CLOCK_START_MIN && span_ns >= c->start_s * 1e9;
    bool slow = c->n_waiting >= CLOCK_START_MIN / 2 && span_ns >= START_SLOWEST_S * 1e9;
    return enough || slow || c->n_waiting == CLOCK_START_MAX;
}

static bool goes_on(int64_t before_ns, int64_t stamp_ns)
{
    double step = clock_span_ns(before_ns, stamp_ns);
    return step >= -START_BACK_NS && step <= START_AHEAD_NS;
}

int clock_push_starting(struct clock_model *c, int64_t stamp_ns, const struct clock_hint *hint,
                        struct clock_sample *out)
{
    int n = c->n_waiting;
    int64_t *before = n > 0 ? &c->waiting_ns[n - 1] : NULL;
    c->waiting_ns[c->n_waiting++] = stamp_ns;
    if (n == 0 || goes_on(*before, stamp_ns)) {
        // Two that go on from each other but not from those before them: the stamps have jumped.
        if (n >= 2 && !goes_on(c->waiting_ns[n - 2], *before))
            return clock_drop_waiting(c, n - 1, out, 0);
    } else if (n >= 2 && goes_on(c->waiting_ns[n - 2], stamp_ns)) {
        *before =
            c->waiting_ns[n - 2] + (stamp_ns - c->waiting_ns[n - 2]) / 2; // an outlier: its neighbours know better
    } else if (n >= 2 && !goes_on(c->waiting_ns[n - 2], *before)) {
        return clock_drop_waiting(c, n, out, 0); // nothing goes on from anything: begin with what comes now
    }
    // An outlier at the end must not end the start.
    bool doubtful = c->n_waiting >= 2 && !goes_on(c->waiting_ns[c->n_waiting - 2], stamp_ns);
    if ((doubtful && c->n_waiting < CLOCK_START_MAX) || !is_long_enough(c))
        return 0;
    return clock_start(c, hint, out);
}
