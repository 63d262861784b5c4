// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/repetition.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define SECOND         ((int64_t)TRACE_HZ)
#define SMALL_SHARE    0.2F  // of a typical repetition: less is none
#define BACK_SHARE     0.18F // of the reach, below which the person is back
#define TROUGH_SHARE   0.3F  // the same for one who goes out again at once
#define BACK_S         0.24  // for so long slow near the rest, and it is over
#define SLOW_SHARE     0.15F // of the fastest speed out
#define SLOW_DEG_S     3.0F
#define MOVING_DEG_S   1.5F   // no sway is as fast
#define NEAR_SHARE     0.3F   // of the least that counts, within which the person came back to the rest
#define ABSORB_S       1.5    // what stays so long without being a repetition is the new rest
#define ON_ITS_WAY_S   4.0    // after setting off: who has not gone as far as counts by then stays there
#define SETTLE_S       1.0    // after a repetition, in which the rest is found anew
#define SETTLE_KEEP    0.9F   // per sample: 0.2 s
#define DRIFT_PER_STEP 0.012F // of the rest, degrees: a slump, not a slow repetition
#define BEFORE_S       4.0    // before the rest was left, in which the movement may have begun …
#define SET_OFF_S      1.0    // … or so long before it was seen to move

static float typical_deg(const struct repetition *r)
{
    float sorted[TYPICAL_OF];
    int n = r->n < TYPICAL_OF ? r->n : TYPICAL_OF;
    memcpy(sorted, r->range, sizeof sorted);
    return n > 0 ? (float)median_f(sorted, (size_t)n) : 0;
}

static float small_deg(const struct repetition *r)
{
    return fmaxf(r->least_deg, SMALL_SHARE * typical_deg(r));
}

static void settle(struct repetition *r, int64_t i)
{
    r->resting = i;
    r->settling = true;
    r->calm = false;
    r->set_off = -1;
}

static void rest(struct repetition *r, int64_t i)
{
    r->state = AT_REST;
    settle(r, i);
    r->settling = r->n > 0;
    r->slow = 0;
    r->held_since = -1;
    r->held_s = 0;
    r->going_back = false;
}

void repetition_begin(const struct fir *fir, struct repetition *r, float least_deg, bool both_ways, float x)
{
    memset(r, 0, sizeof *r);
    r->least_deg = least_deg;
    r->both_ways = both_ways;
    r->rest_deg = x;
    rest(r, 0);
    trace_reset(fir, &r->trace, x);
}

void repetition_resume(const struct fir *fir, struct repetition *r, float x)
{
    trace_reset(fir, &r->trace, x);
    rest(r, 0);
    r->settling = false;
    r->came_near = 0;
}

static void leave(struct repetition *r, int64_t i, int64_t from, int direction)
{
    rest(r, i);
    r->state = AWAY;
    r->from = from;
    r->left = i;
    r->direction = direction;
    r->reach_deg = r->top_deg_s = 0;
    r->lowest_deg = INFINITY;
    r->slow = 0;
}

// Whether what ended with sample i was a repetition.
static bool measure(struct repetition *r, int64_t i, struct repetition_done *done)
{
    if (r->direction < 0 && !r->both_ways)
        return false;
    if (!movement_measure(&r->trace, r->from, r->left, i, r->direction, r->rest_deg, &done->measured))
        return false;
    done->direction = r->direction;
    if (done->measured.range_deg < small_deg(r))
        return false;
    r->range[r->n++ % TYPICAL_OF] = done->measured.range_deg;
    return true;
}

// After the way back, whose end is slow but not calm, the rest is wherever the person comes to a stop. From there it
// follows his sway until he sets off. A stop after that is one half way out of a small repetition, or slow one, and no
// rest, unless it lasts.
static void follow_rest(struct repetition *r, int64_t i, float off, float speed)
{
    bool moving = fabsf(speed) > MOVING_DEG_S;
    r->calm = r->calm || !moving;
    r->slow = moving ? 0 : r->slow + 1;
    if (r->settling && ((r->calm && moving) || fabsf(speed) > SLOW_DEG_S))
        r->settling = false;
    else if (r->settling)
        r->settling = (double)(i - r->resting) < SETTLE_S * TRACE_HZ;
    if (!moving && fabsf(off) < NEAR_SHARE * r->least_deg)
        r->set_off = -1;
    else if (moving && !r->settling && r->set_off < 0)
        r->set_off = i;
    if (r->set_off >= 0 &&
        ((double)r->slow > ABSORB_S * TRACE_HZ || (double)(i - r->set_off) > ON_ITS_WAY_S * TRACE_HZ))
        settle(r, i);
    float step = (1 - SETTLE_KEEP) * off;
    if (r->settling)
        r->rest_deg += step;
    else if (r->set_off < 0)
        r->rest_deg += fmaxf(fminf(step, DRIFT_PER_STEP), -DRIFT_PER_STEP);
}

// The sample from which on a movement that left the rest now can have begun.
static int64_t begun_after(const struct repetition *r, int64_t i)
{
    double from = (double)i - BEFORE_S * TRACE_HZ;
    if (r->set_off >= 0)
        from = fmin(from, (double)r->set_off - SET_OFF_S * TRACE_HZ);
    return (int64_t)fmax(from, (double)r->came_near);
}

// For the person, as it happens: whether it is held and for how long.
static void follow_hold(struct repetition *r, int64_t i, float reach, float speed)
{
    float slow = fmaxf(0.2F * r->top_deg_s, 2);
    bool further = speed > 0.35F * r->top_deg_s && reach >= r->reach_deg;
    if (r->held_since < 0 && !r->going_back && fabsf(speed) < slow && reach > 0.5F * r->reach_deg)
        r->held_since = i;
    if (further)
        r->held_since = -1;
    if (speed < -fmaxf(0.3F * r->top_deg_s, 3) && reach < 0.85F * r->reach_deg) {
        r->held_since = -1;
        r->going_back = true;
    } else if (further) {
        r->going_back = false;
    }
    if (r->held_since >= 0) // the low-passed angle is late: it has been held for longer
        r->held_s = (float)((double)(i - r->held_since + TRACE_LAG) / TRACE_HZ);
}

// True when a repetition is over; the state is set to what comes after it.
static bool step_away(struct repetition *r, int64_t i, float off, float speed, struct repetition_done *done)
{
    float reach = off * (float)r->direction;
    bool over = false;
    r->reach_deg = fmaxf(r->reach_deg, reach);
    r->top_deg_s = fmaxf(r->top_deg_s, speed * (float)r->direction);
    follow_hold(r, i, reach, speed * (float)r->direction);
    r->slow = fabsf(speed) < fmaxf(SLOW_SHARE * r->top_deg_s, SLOW_DEG_S) ? r->slow + 1 : 0;
    if (reach < fmaxf(TROUGH_SHARE * r->reach_deg, 0.6F * r->least_deg) && reach < r->lowest_deg) {
        r->came_near = isinf(r->lowest_deg) ? i : r->came_near;
        r->lowest_deg = reach;
        r->lowest = i;
    }
    if (reach < -r->least_deg) { // beyond the middle without a rest
        over = measure(r, i, done);
        leave(r, i, r->left, -r->direction);
    } else if (reach - r->lowest_deg > fmaxf(r->least_deg, TROUGH_SHARE * r->reach_deg)) { // out again at once
        over = measure(r, r->lowest, done);
        leave(r, i, r->lowest, r->direction);
    } else if (reach < fmaxf(0.6F * r->least_deg, BACK_SHARE * r->reach_deg) && (double)r->slow > BACK_S * TRACE_HZ) {
        over = measure(r, i, done);
        rest(r, i);
    } else if ((double)r->slow > ABSORB_S * TRACE_HZ &&
               (r->reach_deg < small_deg(r) || (r->direction < 0 && !r->both_ways))) {
        rest(r, i);
        r->rest_deg += off;
    } else if (i - r->from > TRACE_SPAN - SECOND) { // longer than can be measured: a new rest, no repetition
        rest(r, i);
        r->rest_deg += off;
    }
    return over;
}

bool repetition_step(const struct fir *fir, struct repetition *r, float x, const float aside[SIGNAL_ASIDE],
                     struct repetition_done *done)
{
    if (trace_push(fir, &r->trace, x, aside)) {
        int64_t i = r->trace.n - 1;
        float off = trace_smooth(&r->trace, i) - r->rest_deg;
        float speed = (float)(0.5 * TRACE_HZ) * (trace_smooth(&r->trace, i) - trace_smooth(&r->trace, i - 2));
        if (i < 2)
            speed = 0;
        if (r->state == AWAY) {
            if (step_away(r, i, off, speed, done)) {
                r->angle_deg = x - r->rest_deg;
                return true;
            }
        } else if (fabsf(off) > r->least_deg) {
            leave(r, i, begun_after(r, i), off < 0 ? -1 : 1);
        } else {
            follow_rest(r, i, off, speed);
        }
    }
    r->angle_deg = x - r->rest_deg;
    return false;
}
