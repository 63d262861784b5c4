// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/timed.h"

#include "dsp/stats.h"
#include "dsp/units.h"

#include <math.h>
#include <string.h>

static void forget_breath(struct timed *t, int owner)
{
    for (int c = 0; c < 2; c++) {
        t->high[owner][c] = -INFINITY;
        t->low[owner][c] = INFINITY;
    }
}

void timed_begin(struct timed *t, enum measure measure)
{
    memset(t, 0, sizeof *t);
    t->measure = measure;
    for (int c = 0; c < 2; c++) {
        forget_breath(t, c);
        t->most[c] = -INFINITY;
        t->least[c] = INFINITY;
    }
}

static void begin_channel(const struct fir *fir, struct timed *t, int channel, float x)
{
    static const struct {
        float least_deg;
        double longest_s; // up, or down
        double foot_spans;
    } of[N_MEASURES] = {[MEASURE_ROLLS] = {4, 5, CYCLE_CIRCLE},
                        [MEASURE_SWING] = {10, 1.5, CYCLE_LEAST_JERK},
                        [MEASURE_BREATH] = {0.3F, 12, CYCLE_LEAST_JERK}};
    circle_begin(&t->circle[channel], x);
    cycle_begin(fir, &t->cycle[channel], of[t->measure].least_deg, of[t->measure].longest_s, of[t->measure].foot_spans,
                x);
    t->there[channel] = true;
}

static void follow_breath(struct timed *t, int channel, float x)
{
    t->most[channel] = fmaxf(t->most[channel], x);
    t->least[channel] = fminf(t->least[channel], x);
    for (int owner = 0; owner < 2; owner++) {
        t->high[owner][channel] = fmaxf(t->high[owner][channel], x);
        t->low[owner][channel] = fminf(t->low[owner][channel], x);
    }
}

// Who breathes into the chest first and into the belly then would be counted twice where the lead changes.
bool timed_counts(struct timed *t, const struct timed_done *done)
{
    float chest = t->most[0] - t->least[0], abdomen = t->most[1] - t->least[1]; // not measured: -infinity
    int64_t now = t->cycle[done->channel].n, from = now - done->from_blocks, to = now - done->to_blocks;
    if (done->channel != (abdomen > chest) || (t->n_depth > 0 && from < t->counted_to - (to - from) / 4))
        return false;
    t->counted_to = to;
    int at = t->n_depth++ % TIMED_DEPTHS;
    for (int c = 0; c < 2; c++) {
        t->depth[c][at] = done->depth_deg[c];
        for (int part = 0; part < 2; part++)
            t->with[c][part][at] = done->with_deg[c][part];
    }
    return true;
}

// The first breath may still be the one before in another manner: it moves a median less than a mean.
static double typical(const struct timed *t, const float x[TIMED_DEPTHS])
{
    double known[TIMED_DEPTHS];
    size_t n = 0;
    for (int i = 0; i < t->n_depth && i < TIMED_DEPTHS; i++)
        if (isfinite(x[i]))
            known[n++] = (double)x[i];
    return n > 0 ? median_in_place(known, n) : NAN;
}

double timed_depth_deg(const struct timed *t, int compartment)
{
    double with[2], depth = typical(t, t->depth[compartment]);
    for (int c = 0; c < 2; c++)
        with[c] = hypot(typical(t, t->with[c][0]), typical(t, t->with[c][1]));
    if (!(with[compartment] < with[!compartment]))
        return depth;
    return typical(t, t->depth[!compartment]) * with[compartment] / with[!compartment];
}

// The first harmonic of a breath in this compartment, without what leads from its begin to its end.
static bool harmonic(const struct cycle *c, int64_t from, int64_t to, double amplitude[2])
{
    int64_t n = from - to;
    if (n < 2 || from >= CYCLE_RING || from >= c->n)
        return false;
    double turn_rad = 2 * PI / (double)n, slope = (double)(cycle_before(c, to) - cycle_before(c, from)) / (double)n;
    amplitude[0] = amplitude[1] = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = (double)cycle_before(c, from - i) - slope * (double)i, at = turn_rad * (double)i;
        amplitude[0] += x * cos(at) * 2 / (double)n;
        amplitude[1] -= x * sin(at) * 2 / (double)n;
    }
    return true;
}

// Both compartments' by the phase of the one whose breath it is.
static void along_with(const struct timed *t, struct timed_done *done, int64_t from, int64_t to)
{
    double by[2], x[2];
    for (int c = 0; c < 2; c++)
        done->with_deg[c][0] = done->with_deg[c][1] = NAN;
    if (!harmonic(&t->cycle[done->channel], from, to, by))
        return;
    double size = hypot(by[0], by[1]);
    for (int c = 0; c < 2; c++)
        if (t->there[c] && harmonic(&t->cycle[c], from, to, x)) {
            done->with_deg[c][0] = (float)((x[0] * by[0] + x[1] * by[1]) / size);
            done->with_deg[c][1] = (float)((x[1] * by[0] - x[0] * by[1]) / size);
        }
}

static bool step_circle(struct timed *t, int channel, float x, struct timed_done *done)
{
    struct circle_done circle;
    if (!circle_step(&t->circle[channel], x, &circle))
        return false;
    done->from_blocks = t->circle[channel].n - circle.from;
    done->to_blocks = 0;
    done->range_deg = circle.swept_deg;
    return true;
}

bool timed_step(const struct fir *fir, struct timed *t, int channel, float x, struct timed_done *done)
{
    struct cycle *cycle = &t->cycle[channel];
    struct cycle_done cycled;
    done->channel = channel;
    if (isnan(x)) {
        t->there[channel] = false;
        return false;
    }
    if (!t->there[channel])
        begin_channel(fir, t, channel, x);
    if (t->measure == MEASURE_CIRCLES)
        return step_circle(t, channel, x, done);
    bool over = cycle_step(fir, cycle, x, &cycled);
    if (t->measure == MEASURE_BREATH)
        follow_breath(t, channel, cycle_angle(cycle, fir));
    if (!over)
        return false;
    done->from_blocks = cycle->n - cycled.from;
    done->to_blocks = cycle->n - cycled.to;
    done->range_deg = cycled.range_deg;
    for (int c = 0; c < 2; c++) {
        float depth = t->high[channel][c] - t->low[channel][c];
        done->depth_deg[c] = isfinite(depth) ? depth : NAN;
    }
    if (t->measure == MEASURE_BREATH)
        along_with(t, done, cycle->newest - cycled.from, cycle->newest - cycled.to);
    forget_breath(t, channel);
    return true;
}
