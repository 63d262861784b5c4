// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/movement.h"

#include "exercise/smooth.h"

#include <math.h>
#include <string.h>

#define LOBES         48
#define LOBE_SPEED    0.12 // of the fastest: slower is a pause, a sag, a drift
#define LOBE_DEG_S    1.5
#define FOOT_SPEED    0.06    // of a lobe's own fastest, to which it is followed
#define FOOT_DEG_S    0.4     // who is still sways as fast
#define VALLEY        1.5     // by which it may rise again on the way down
#define FIFTH_WAY     0.3468  // of a least-jerk movement's time passes between a fifth and four fifths of its way
#define KERNEL_S2     0.00716 // variance of the trace's low-pass: by so much it widens what it smooths
#define SPREAD        28.0    // (time of a least-jerk movement)² over the variance of its speed
#define UNFINISHED    0.5     // of its fastest: who is slower is arriving
#define LEAST_SEEN    0.2     // of a movement that is not over
#define ARRIVED       0.8     // of the largest reach
#define LEFT_FROM     0.65    // the same for where the way back starts: the hold may have sagged
#define TURNS_BACK    0.08    // of the reach, below which the person was at rest in between
#define UNSEEN        8       // samples before the first, from which on a beginning is guessed
#define SINKS         0.4     // of the reach in a pause, at most: more is a way back
#define NEAR_DEG      1.0     // of a small one: by so much somebody who stands sways
#define SMALL_LOBE    0.04
#define REACH_BEFORE  3 // samples before and after the end of the way out over which the reach is averaged
#define REACH_AFTER   12
#define REACH_OF_HOLD 4 // … but no more of a short hold, which may sag at once
#define ALMOST        0.01
#define ALMOST_DEG    0.3
#define SPEED_SAMPLES 512 // of the movement out: slower ones are thinned

struct view {
    const struct trace *trace;
    int64_t first, last;
    double direction, rest;
};

struct lobe {
    int64_t from, to;
    int way; // +1 out, -1 back
    double top;
};

static double reach(const struct view *v, int64_t i)
{
    return v->direction * ((double)trace_smooth(v->trace, i) - v->rest);
}

static double speed(const struct view *v, int64_t i)
{
    return v->direction * (double)(trace_smooth(v->trace, i + 1) - trace_smooth(v->trace, i - 1)) * 0.5 * TRACE_HZ;
}

// All lobes of speed; when there are more than fit the later ones are the repetition's.
static int find_lobes(const struct view *v, struct lobe lobe[LOBES])
{
    double top[2] = {0, 0};
    int n = 0;
    for (int64_t i = v->first; i <= v->last; i++) {
        double s = speed(v, i);
        top[s < 0] = fmax(top[s < 0], fabs(s));
    }
    bool in = false;
    for (int64_t i = v->first; i <= v->last; i++) {
        double s = speed(v, i);
        bool fast = fabs(s) > fmax(LOBE_SPEED * top[s < 0], LOBE_DEG_S);
        int way = s < 0 ? -1 : 1;
        if (in && (!fast || lobe[n - 1].way != way))
            in = false;
        if (fast && !in) {
            if (n == LOBES) {
                memmove(lobe, lobe + 1, (LOBES - 1) * sizeof *lobe);
                n--;
            }
            lobe[n++] = (struct lobe){.from = i, .way = way};
            in = true;
        }
        if (in) {
            lobe[n - 1].to = i;
            lobe[n - 1].top = fmax(lobe[n - 1].top, fabs(s));
        }
    }
    return n;
}

// From sample i on in steps of ±1 to where the speed is lowest: not up the next lobe, when there is no still moment.
static int64_t foot_of(const struct view *v, const struct lobe *l, int64_t i, int step)
{
    double slowest = INFINITY, s;
    int64_t foot = i;
    for (; i + step >= v->first && i + step <= v->last; i += step) {
        s = speed(v, i + step) * l->way;
        if (s < fmax(FOOT_SPEED * l->top, FOOT_DEG_S) || s > VALLEY * slowest)
            break;
        if (s < slowest) {
            slowest = s;
            foot = i + step;
        }
    }
    return foot;
}

// A slow lobe among fast ones is cut off early: it is followed down to its own feet.
static void stretch(const struct view *v, struct lobe *l)
{
    l->from = foot_of(v, l, l->from, -1);
    l->to = foot_of(v, l, l->to, 1);
}

// When the lobe passed this share of its way, in samples.
static double passed(const struct view *v, const struct lobe *l, double share)
{
    double from = reach(v, l->from), level = from + share * (reach(v, l->to) - from);
    for (int64_t i = l->from; i < l->to; i++) {
        double a = (reach(v, i) - level) * l->way, b = (reach(v, i + 1) - level) * l->way;
        if (a <= 0 && b > 0)
            return (double)i + a / (a - b);
    }
    return (double)l->to;
}

static void ends_of(const struct view *v, const struct lobe *l, double *begins, double *ends)
{
    double early = passed(v, l, 0.2), late = passed(v, l, 0.8), widened = (late - early) / FIFTH_WAY;
    double square = widened * widened - SPREAD * KERNEL_S2 * TRACE_HZ * TRACE_HZ;
    double time = sqrt(fmax(square, 0.16 * widened * widened));
    *begins = 0.5 * (early + late - time);
    *ends = 0.5 * (early + late + time);
}

// How far from the rest is at the rest, still.
static double near_rest(double high)
{
    return fmax(TURNS_BACK * high, NEAR_DEG);
}

// The share of its time after which a movement of least jerk has done this share of its way.
static double time_of(double way)
{
    double low = 0, high = 1;
    for (int i = 0; i < 20; i++) {
        double x = (low + high) / 2;
        *(x * x * x * (10 - 15 * x + 6 * x * x) < way ? &low : &high) = x;
    }
    return (low + high) / 2;
}

// Who goes from side to side is still on the way where the middle is passed, how far is not known yet: such a share of
// the movement has been seen as makes the times of a fifth, a half and all of it fit.
static double begin_of_unfinished(const struct view *v, const struct lobe *l)
{
    double fifth = passed(v, l, 0.2), half = passed(v, l, 0.5), all = (double)l->to, low = LEAST_SEEN, high = 1;
    double at_fifth = 0, at_all = 1;
    for (int i = 0; i < 20; i++) {
        double seen = (low + high) / 2, at_half = time_of(0.5 * seen);
        at_fifth = time_of(0.2 * seen);
        at_all = time_of(seen);
        bool more = (at_all - at_half) * (half - fifth) < (all - half) * (at_half - at_fifth);
        *(more ? &low : &high) = seen;
    }
    return fifth - at_fifth * (all - fifth) / (at_all - at_fifth);
}

static double way_of(const struct view *v, const struct lobe *l)
{
    return fabs(reach(v, l->to) - reach(v, l->from));
}

// The lobe with which the reach was arrived at: the first that ends high; else the one that ends highest.
static int arriving(const struct view *v, const struct lobe *lobe, int n, double high)
{
    int best = -1;
    for (int k = 0; k < n; k++) {
        if (lobe[k].way < 0 || way_of(v, &lobe[k]) < SMALL_LOBE * high)
            continue;
        double to = reach(v, lobe[k].to);
        if (to >= ARRIVED * high)
            return k;
        if (best < 0 || to > reach(v, lobe[best].to))
            best = k;
    }
    return best;
}

// The lobe with which the way back starts: the last that starts high; else the one after `out` that starts highest.
static int leaving(const struct view *v, const struct lobe *lobe, int n, double high, int out)
{
    int best = -1;
    for (int k = n - 1; k > out; k--) {
        if (lobe[k].way > 0 || way_of(v, &lobe[k]) < SMALL_LOBE * high)
            continue;
        double from = reach(v, lobe[k].from);
        if (from >= LEFT_FROM * high)
            return k;
        if (best < 0 || from > reach(v, lobe[best].from))
            best = k;
    }
    return best;
}

// The lobe with which the way out starts: a pause half way, in which somebody may sink a little, parts it in two. A
// rest in between does not belong to it.
static int starting(const struct view *v, const struct lobe *lobe, int out, double high)
{
    int k = out;
    while (k > 0 && reach(v, lobe[k].from) > near_rest(high)) {
        int before = k - 1;
        if (before > 0 && lobe[before].way < 0 && way_of(v, &lobe[before]) < SINKS * reach(v, lobe[before].from))
            before--;
        if (lobe[before].way < 0 || reach(v, lobe[before].from) < -near_rest(high)) // the way back from the other side
            break;
        k = before;
    }
    return k;
}

// Where the reach was 0 last before sample i.
static double crossed_rest(const struct view *v, int64_t i)
{
    while (i > v->first && reach(v, i) > 0)
        i--;
    return (double)i;
}

static float smoothness(const struct view *v, double begins, double ends)
{
    float x[SPEED_SAMPLES];
    int64_t from = (int64_t)fmax(floor(begins), (double)v->first), step = 1;
    while ((int64_t)(ends - begins) / step >= SPEED_SAMPLES - 1)
        step *= 2;
    int n = 0;
    for (int64_t i = from; i <= (int64_t)ceil(ends) && n < SPEED_SAMPLES; i += step)
        x[n++] = (float)v->direction * (trace_raw(v->trace, i) - trace_raw(v->trace, i - step));
    return (float)spectral_arc_length(x, n, TRACE_HZ / (double)step);
}

static double mean_of(const struct view *v, int64_t from, int64_t to, int aside)
{
    double sum = 0;
    for (int64_t i = from; i <= to; i++)
        sum += aside < 0 ? (double)trace_raw(v->trace, i) : (double)trace_aside(v->trace, i, aside);
    return sum / (double)(to - from + 1);
}

// Who does not hold is out at one moment, to which the end of a movement is not known well enough. Before it, as long
// as it was almost as far, a tremor is averaged; after it one may fall back at once.
static void farthest(const struct view *v, int64_t end, int64_t *from, int64_t *to)
{
    int64_t last = end + REACH_AFTER < v->last ? end + REACH_AFTER : v->last, at = end < last ? end : last;
    for (int64_t i = end - REACH_AFTER > v->first ? end - REACH_AFTER : v->first; i <= last; i++)
        if (reach(v, i) > reach(v, at))
            at = i;
    double almost = reach(v, at) - fmax(ALMOST * reach(v, at), ALMOST_DEG);
    *to = at + 1;
    *from = at - 1;
    while (*from > v->first && at - *from < REACH_AFTER && reach(v, *from - 1) > almost)
        --*from;
}

// The reach where the movement out ends, over so short a time that a hold that sags has not yet.
static void measure_reach(const struct view *v, double high, struct movement_measured *m)
{
    int64_t end = llround(m->out_ends), back = llround(m->back_begins), begin = llround(m->begins);
    int64_t held = back - end, from = end - REACH_BEFORE, to = end + REACH_AFTER;
    if (held <= REACH_AFTER)
        farthest(v, end, &from, &to);
    else if (held / REACH_OF_HOLD < REACH_AFTER)
        to = end + held / REACH_OF_HOLD;
    int64_t rest_from = begin - REACH_AFTER > v->first ? begin - REACH_AFTER : v->first;
    int64_t rest_to = begin > rest_from ? begin : rest_from;
    // Straight from the other side there was no rest just before; else that one counts, not the one of a while ago.
    double rest = reach(v, rest_from) < -near_rest(high) ? v->rest : mean_of(v, rest_from, rest_to, -1);
    m->range_deg = (float)(v->direction * (mean_of(v, from, to, -1) - rest));
    for (int a = 0; a < SIGNAL_ASIDE; a++)
        m->aside[a] = (float)(mean_of(v, from, to, a) - mean_of(v, rest_from, rest_to, a));
}

bool movement_measure(const struct trace *trace, int64_t first, int64_t left, int64_t last, int direction,
                      float rest_deg, struct movement_measured *m)
{
    struct view v = {trace, first < 1 ? 1 : first, last - 1, direction, (double)rest_deg};
    struct lobe lobe[LOBES];
    double high = 0, unused;
    for (int64_t i = left; i <= v.last; i++) // before it, the end of the way back of another one
        high = fmax(high, reach(&v, i));
    int n = find_lobes(&v, lobe), out = arriving(&v, lobe, n, high);
    int back = out < 0 ? -1 : leaving(&v, lobe, n, high, out);
    if (back < 0)
        return false;
    int start = starting(&v, lobe, out, high);
    stretch(&v, &lobe[out]);
    bool unfinished = lobe[back].to == v.last && -speed(&v, v.last) > UNFINISHED * lobe[back].top;
    stretch(&v, &lobe[back]);
    ends_of(&v, &lobe[out], &m->begins, &m->out_ends);
    ends_of(&v, &lobe[back], &m->back_begins, &unused);
    if (unfinished)
        m->back_begins = begin_of_unfinished(&v, &lobe[back]);
    if (start != out) {
        stretch(&v, &lobe[start]);
        ends_of(&v, &lobe[start], &m->begins, &unused);
    }
    if (m->begins < (double)v.first - UNSEEN)
        return false;
    // Straight from the other side it begins where the rest is passed. The rest itself is not known so well that
    // one that begins there could be told by it.
    if (reach(&v, lobe[start].from) < -near_rest(high))
        m->begins = fmax(m->begins, crossed_rest(&v, lobe[start].to));
    m->rest_deg = rest_deg;
    m->hold_s = (float)(fmax(m->back_begins - m->out_ends, 0) / TRACE_HZ);
    m->move_s = (float)((m->out_ends - m->begins) / TRACE_HZ);
    measure_reach(&v, high, m);
    m->smoothness = smoothness(&v, m->begins, m->out_ends);
    return true;
}
