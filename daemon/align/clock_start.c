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
#define HOLES_MAX       3 // so many of the longest steps of a start may be holes

_Static_assert(CLOCK_START_MAX <= MEDIAN_MAX, "the medians below are of as many");

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

struct guess {
    double period_ns, jitter_ns;
    double uncertainty; // variance of the period over that of a stamp
};

// The mean step without the longest ones, which holes would make of any length.
static double mean_without_holes(const double *step, int n)
{
    double longest[HOLES_MAX] = {0}, sum = 0;
    for (int i = 0; i < n; i++) {
        double x = step[i];
        sum += x;
        for (int k = 0; k < HOLES_MAX; k++)
            if (x > longest[k]) {
                double shorter = longest[k];
                longest[k] = x;
                x = shorter;
            }
    }
    for (int k = 0; k < HOLES_MAX; k++)
        sum -= longest[k];
    return sum / (n - HOLES_MAX);
}

// The period that most neighbouring stamps agree on; where most repeat (coarse stamps), the mean.
static struct guess guess_period(const int64_t *stamp_ns, int n)
{
    double step[CLOCK_START_MAX], largest = 0;
    for (int i = 1; i < n; i++) {
        step[i - 1] = clock_span_ns(stamp_ns[i - 1], stamp_ns[i]);
        largest = fmax(largest, step[i - 1]);
    }
    double period = median(step, (size_t)n - 1), mean = clock_span_ns(stamp_ns[0], stamp_ns[n - 1]) / (n - 1);
    // Losing more samples than came, in a few holes, lifts the mean alike: these do not make stamps coarse.
    bool coarse = !(period > 0.5 * (n > 2 * HOLES_MAX ? mean_without_holes(step, n - 1) : mean));
    if (coarse || period > 2.0 * mean)
        period = mean;
    for (int i = 0; i < n - 1; i++)
        step[i] = fabs(step[i] - period);
    double jitter = MAD_TO_SIGMA * median(step, (size_t)n - 1) / sqrt(2), count = n;
    if (coarse)
        return (struct guess){period, fmax(jitter, largest / sqrt(12)), 12 / (count * count)};
    return (struct guess){period, jitter, fmax(4 / count, pow(1e-3 * period / fmax(jitter, CLOCK_JITTER_FLOOR_NS), 2))};
}

// Counts the samples, missing ones included, by sending the stamps through a clock that already stands, however
// roughly: how holes, backlogs and repeated samples are told apart is in one place. number is NaN for dropped ones.
static bool number_samples(const struct clock_model *c, double *number, struct clock_sample *samples)
{
    int n = c->n_waiting;
    struct clock_model rough = {.standing = true, .base_ns = c->waiting_ns[0], .last_stamp_ns = c->waiting_ns[0] - 1};
    struct guess guess = guess_period(c->waiting_ns, n);
    if (!(guess.period_ns > 0))
        return false;
    double first[FIRST_FEW];
    int few = n < FIRST_FEW ? n : FIRST_FEW;
    for (int i = 0; i < few; i++)
        first[i] = clock_span_ns(rough.base_ns, c->waiting_ns[i]) - i * guess.period_ns;
    // The very first is at 0. It may be wrong, but as well may a few samples be missing soon after it.
    double usual = median_in_place(first, (size_t)few);
    bool gap = usual > fmax(0.5 * guess.period_ns, GATE_SIGMAS * guess.jitter_ns) && usual < few * guess.period_ns;
    double before = (gap ? 0 : usual) - guess.period_ns;
    rough.fit.memory_ns = c->memory_s * 1e9;
    fit_begin(&rough.fit, before, guess.period_ns, guess.jitter_ns, few, 1);
    rough.fit.p01 = 0;
    rough.fit.p11 = guess.uncertainty;
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

// A line through the stamps of the samples that are not dropped: twice, the second time without the outliers. Stamps of
// a backlog count only when nearly all are of that kind (coarse stamps). Returns the number of points.
static int fit_robustly(const struct clock_model *c, const double *number, const struct clock_sample *samples,
                        struct line *line, double *scale)
{
    double x[CLOCK_START_MAX], y[CLOCK_START_MAX], weight[CLOCK_START_MAX], residual[CLOCK_START_MAX];
    int n = 0, n_believed = 0;
    for (int i = 0; i < c->n_waiting; i++)
        n_believed += samples[i].believed;
    bool all = n_believed < c->n_waiting / 2;
    for (int i = 0; i < c->n_waiting; i++)
        if (!samples[i].dropped && (all || samples[i].believed)) {
            x[n] = number[i];
            y[n] = clock_span_ns(c->waiting_ns[0], c->waiting_ns[i]);
            weight[n++] = 1;
        }
    if (n < 2)
        return n;
    *line = fit_line(x, y, weight, n);
    for (int i = 0; i < n; i++)
        residual[i] = fabs(y[i] - line->at0 - line->slope * x[i]);
    *scale = fmax(MAD_TO_SIGMA * median(residual, (size_t)n), CLOCK_JITTER_FLOOR_NS);
    for (int i = 0; i < n; i++)
        weight[i] = residual[i] <= GATE_SIGMAS * *scale ? 1 : 0;
    *line = fit_line(x, y, weight, n);
    return n;
}

int clock_start(struct clock_model *c, const struct clock_hint *hint, struct clock_sample *out)
{
    double number[CLOCK_START_MAX], scale;
    struct line line;
    int n = c->n_waiting, n_points = number_samples(c, number, out) ? fit_robustly(c, number, out, &line, &scale) : 0;
    if (n_points < 2 || !(line.slope > 0))
        return clock_drop_waiting(c, n, out, 0);
    int last = n - 1;
    while (out[last].dropped)
        last--;
    c->standing = true;
    c->base_ns = c->waiting_ns[0];
    c->last_stamp_ns = c->waiting_ns[last];
    c->fit = (struct clock_fit){.memory_ns = c->memory_s * 1e9};
    fit_begin(&c->fit, line.at0 + line.slope * number[last], line.slope, scale, n_points, number[last]);
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

int clock_start_at_end(struct clock_model *c, const struct clock_hint *hint, struct clock_sample *out)
{
    int n = c->n_waiting;
    bool far = n >= 2 && !goes_on(c->waiting_ns[n - 2], c->waiting_ns[n - 1]);
    c->n_waiting -= far;
    n = c->n_waiting < 2 ? clock_drop_waiting(c, c->n_waiting, out, 0) : clock_start(c, hint, out);
    if (far)
        out[n++] = (struct clock_sample){.dropped = true};
    return n;
}

int clock_push_starting(struct clock_model *c, int64_t stamp_ns, const struct clock_hint *hint,
                        struct clock_sample *out)
{
    int n = c->n_waiting;
    int64_t *before = n > 0 ? &c->waiting_ns[n - 1] : NULL;
    c->waiting_ns[c->n_waiting++] = stamp_ns;
    if (!before || goes_on(*before, stamp_ns)) {
        // Two that go on from each other but not from those before them: the stamps have jumped.
        if (n >= 2 && !goes_on(c->waiting_ns[n - 2], *before))
            return clock_drop_waiting(c, n - 1, out, 0);
    } else if (n >= 2 && goes_on(c->waiting_ns[n - 2], stamp_ns)) {
        // One outlier: its neighbours know better.
        *before = c->waiting_ns[n - 2] + (stamp_ns - c->waiting_ns[n - 2]) / 2;
    } else if (n >= 2 && !goes_on(c->waiting_ns[n - 2], *before)) {
        return clock_drop_waiting(c, n, out, 0); // nothing goes on from anything: begin with what comes now
    }
    // An outlier at the end must not end the start.
    bool doubtful = c->n_waiting >= 2 && !goes_on(c->waiting_ns[c->n_waiting - 2], stamp_ns);
    if ((doubtful && c->n_waiting < CLOCK_START_MAX) || !is_long_enough(c))
        return 0;
    return clock_start(c, hint, out);
}
