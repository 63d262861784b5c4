// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/clock_private.h"

#include <math.h>
#include <string.h>

#define RESTART_AHEAD_NS 10e9
#define RESTART_BACK_NS  0.25e9
#define ONE_TELLS        0.125 // jitter in periods up to which one stamp tells how many samples are missing
#define FAR_RUN          3     // so many far-off stamps in a row are another time, fewer are outliers

void clock_reset(struct clock_model *c)
{
    c->standing = false;
    c->n_waiting = 0;
}

void clock_forget_waiting(struct clock_model *c, int n)
{
    c->n_waiting -= n;
    if (c->n_waiting > 0)
        memmove(c->waiting_ns, c->waiting_ns + n, (size_t)c->n_waiting * sizeof c->waiting_ns[0]);
}

int clock_drop_waiting(struct clock_model *c, int n, struct clock_sample *out, int n_out)
{
    for (int i = 0; i < n; i++)
        out[n_out++] = (struct clock_sample){.dropped = true};
    clock_forget_waiting(c, n);
    return n_out;
}

// By how much the stamp of the i-th waiting sample is later than its instant if nothing is missing.
static double lateness(const struct clock_model *c, int i)
{
    return clock_span_ns(c->base_ns, c->waiting_ns[i]) - c->fit.at_ns - (i + 1) * c->fit.period_ns;
}

static bool is_far(double late)
{
    return late > RESTART_AHEAD_NS || late < -RESTART_BACK_NS;
}

enum judgement { WAIT, TAKE, REPEATED, JUMPED };

struct verdict {
    enum judgement judgement;
    int n;         // of the waiting samples: these
    int missed;    // before the first of them
    bool believed; // the stamp of the last of them is its own
};

// The last stamps are all far off and go on from each other as samples do.
static bool has_jumped(const struct clock_model *c)
{
    if (c->n_waiting < FAR_RUN)
        return false;
    for (int i = c->n_waiting - FAR_RUN; i < c->n_waiting; i++)
        if (!is_far(lateness(c, i)) ||
            (i > c->n_waiting - FAR_RUN && is_far(clock_span_ns(c->waiting_ns[i - 1], c->waiting_ns[i]))))
            return false;
    return true;
}

// How many samples are missing before the i-th waiting one, which later ones confirm. Where jitter is small its own
// stamp tells, else the mean of those that are alike.
static int count_missing(const struct clock_model *c, int i, double alike)
{
    double period = c->fit.period_ns, late = lateness(c, i), sum = 0;
    if (c->fit.jitter_ns < ONE_TELLS * period)
        return (int)lround(late / period);
    int n = 0;
    for (int k = i; k < c->n_waiting; k++)
        if (fabs(lateness(c, k) - late) <= alike) {
            sum += lateness(c, k);
            n++;
        }
    return (int)lround(sum / n / period);
}

// Samples come in order and are stamped after they were taken, jitter apart: the least late stamp bounds how many
// samples can be missing before it and all waiting ones before it. It is believed once a few later ones do not go below
// it. Stamps earlier than any sample could have (outliers) say nothing.
static struct verdict judge_late(const struct clock_model *c)
{
    double period = c->fit.period_ns, usual = fit_tolerance_ns(&c->fit), least = INFINITY;
    for (int i = 0; i < c->n_waiting; i++) {
        double late = lateness(c, i);
        if (late >= -usual && late < least)
            least = late;
    }
    bool caught_up = least <= usual;
    double alike = fmax(0.5 * period, 6 * c->fit.jitter_ns), limit = caught_up ? usual : least + alike;
    int at = 0, witnesses = 1 + (int)fmin(12 * c->fit.jitter_ns / period, 0.5 * CLOCK_HELD_MAX);
    while (at < c->n_waiting && !(lateness(c, at) >= -usual && lateness(c, at) <= limit))
        at++;
    if (caught_up)
        return (struct verdict){TAKE, at + 1, 0, false};
    if (!is_far(least) && c->n_waiting - 1 - at >= witnesses)
        return (struct verdict){TAKE, at + 1, count_missing(c, at, alike), true};
    if (c->n_waiting >= CLOCK_HELD_MAX)
        return (struct verdict){TAKE, c->n_waiting, 0, false};
    return (struct verdict){WAIT, 0, 0, false};
}

static struct verdict judge(const struct clock_model *c)
{
    double first = lateness(c, 0), usual = fit_tolerance_ns(&c->fit);
    if (first < -usual && c->waiting_ns[0] == c->last_stamp_ns)
        return (struct verdict){REPEATED, 1, 0, false};
    if (first <= usual && !is_far(first))
        return (struct verdict){TAKE, 1, 0, true};
    if (has_jumped(c))
        return (struct verdict){JUMPED, c->n_waiting - FAR_RUN, 0, false};
    return judge_late(c);
}

// The log ends or the device is gone: nothing will tell any more. As late as it is stamped, if that is possible.
static struct verdict judge_last(const struct clock_model *c)
{
    double first = lateness(c, 0);
    int missed = first > fit_tolerance_ns(&c->fit) && !is_far(first) ? (int)lround(first / c->fit.period_ns) : 0;
    return (struct verdict){TAKE, 1, missed, false};
}

// False when the stamps keep contradicting the line.
static bool take(struct clock_model *c, struct verdict v, const struct clock_hint *hint, struct clock_sample *out)
{
    int hidden = 0;
    for (int i = 0; i < v.n; i++) {
        int missed = i == 0 ? v.missed : 0;
        fit_predict(&c->fit, 1 + missed);
        c->last_stamp_ns = c->waiting_ns[i];
        if (v.believed && i == v.n - 1)
            hidden = fit_correct(&c->fit, clock_span_ns(c->base_ns, c->last_stamp_ns), hint);
        missed += hidden > 0 ? hidden : 0;
        out[i] = (struct clock_sample){
            .time_ns = c->base_ns + llround(c->fit.at_ns), .missed = missed, .believed = v.believed && i == v.n - 1};
    }
    clock_forget_waiting(c, v.n);
    return hidden >= 0;
}

int clock_settle(struct clock_model *c, const struct clock_hint *hint, struct clock_sample *out, int n_out, bool flush)
{
    while (c->standing && c->n_waiting > 0) {
        struct verdict v = judge(c);
        if (v.judgement == WAIT && flush)
            v = judge_last(c);
        if (v.judgement == WAIT)
            return n_out;
        if (v.judgement == REPEATED) {
            n_out = clock_drop_waiting(c, v.n, out, n_out);
            continue;
        }
        bool in_order = take(c, v, hint, out + n_out);
        n_out += v.n;
        c->standing = in_order && v.judgement != JUMPED; // else what still waits begins the next start
    }
    return n_out;
}

int clock_push(struct clock_model *c, int64_t stamp_ns, const struct clock_hint *hint, struct clock_sample *out)
{
    if (!c->standing)
        return clock_push_starting(c, stamp_ns, hint, out);
    c->waiting_ns[c->n_waiting++] = stamp_ns;
    return clock_settle(c, hint, out, 0, false);
}

int clock_flush(struct clock_model *c, const struct clock_hint *hint, struct clock_sample *out)
{
    int n_out = clock_settle(c, hint, out, 0, true);
    return c->standing ? n_out : n_out + clock_start_at_end(c, hint, out + n_out);
}
