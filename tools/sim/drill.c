// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/drill.h"

#include "sim/phasor.h"

#include <math.h>
#include <string.h>

#define RAD          0.017453292519943295
#define ELBOW_DEG    80.0 // of the swing
#define DEPRESS      0.15 // a squeeze takes the shoulders down by so much of its range ...
#define ROLL_FORWARD 0.4  // ... and a roll forward and back by so much of what it lifts
#define LIFT_M       0.15 // from the breastbone to the acromion: what a tilt of the shoulder moves its end by, and
#define REACH_M      0.10 // what its turning forward does
#define BEND_LEVER   0.6  // an extension turns the line from T12 to a site by so much of the site itself

// How each site takes part, and where it is: from the spine's axis (forward, left) and above T12.
static const struct {
    double thorax;  // of a turn against the pelvis
    double bend;    // of an extension against T12
    double at_m[2]; // forward, left
    double high_m;
} site_part[N_SITES] = {
    [SITE_HEAD] = {1, 1.1, {-0.09, 0}, 0.40},       [SITE_C7] = {1, 1, {-0.06, 0}, 0.22},
    [SITE_T12] = {0.5, 0, {-0.08, 0}, 0},           [SITE_SACRUM] = {0, 0, {-0.10, 0}, 0},
    [SITE_STERNUM] = {1, 0.8, {0.14, 0}, 0.14},     [SITE_ABDOMEN] = {0.25, 0, {0.16, 0}, 0},
    [SITE_SHOULDER_LEFT] = {1, 1, {0, 0.18}, 0.19}, [SITE_SHOULDER_RIGHT] = {1, 1, {0, -0.18}, 0.19},
    [SITE_WRIST_LEFT] = {1, 0, {0, 0.18}, 0},       [SITE_WRIST_RIGHT] = {1, 0, {0, -0.18}, 0},
    [SITE_PACK] = {0.5, 0, {-0.20, 0}, 0},
};

// Where a repetition is: how much of its range is out, how far its rest has wandered, how it trembles.
struct course {
    struct motion3 share;
    struct motion3 rest, tremor; // rad
};

static struct motion3 product(const struct motion3 *a, const struct motion3 *b)
{
    return (struct motion3){a->value * b->value, a->first * b->value + a->value * b->first,
                            a->second * b->value + 2 * a->first * b->first + a->value * b->second};
}

// skew warps the time, by nothing at both ends.
static struct motion3 step_over(double t_s, double from_s, double span_s, double skew)
{
    double x = (t_s - from_s) / span_s;
    if (x <= 0 || x >= 1)
        return smooth_step(x);
    struct motion3 step = smooth_step(x + skew * x * (1 - x));
    double rate = (1 + skew * (1 - 2 * x)) / span_s, rate_s = -2 * skew / (span_s * span_s);
    return (struct motion3){step.value, step.first * rate, step.second * rate * rate + step.first * rate_s};
}

static struct motion3 wave(double hz, double turns, double t_s)
{
    struct phasor at = phasor_at(hz * t_s + turns);
    double rate = TURN_RAD * hz;
    return (struct motion3){at.s, rate * at.c, -rate * rate * at.s};
}

// How much of its range is out; a movement from side to side is one across two repetitions.
static struct motion3 share_of(const struct drill_item *item, double t_s)
{
    double out_s = item->hold_from_s - item->out_from_s - item->pause_s, first_s = item->pause_at * out_s;
    double on_s = item->out_from_s + first_s + item->pause_s, hold_s = item->hold_until_s - item->hold_from_s;
    double sag = hold_s > 0 ? 0.01 * item->phase->drill.sag_pct : 0, way = 1 + item->under;
    struct motion3 share = {-item->under, 0, 0}, step;
    if (item->pause_s > 0) {
        step = step_over(t_s, item->out_from_s, first_s, item->skew[0]);
        motion3_add(&share, &step, item->pause_at * way);
        step = step_over(t_s, on_s, out_s - first_s, item->skew[0]);
        motion3_add(&share, &step, (1 - item->pause_at) * way);
    } else {
        step = step_over(t_s, item->out_from_s, out_s, item->skew[0]);
        motion3_add(&share, &step, way);
    }
    if (sag > 0) {
        step = step_over(t_s, item->hold_from_s, hold_s, 0);
        motion3_add(&share, &step, -sag);
    }
    step = step_over(t_s, item->hold_until_s, item->back_s, item->skew[1]);
    motion3_add(&share, &step, -(1 - sag + item->over));
    return share;
}

// It comes with the movement out and goes with the one back.
static struct motion3 tremor_of(const struct drill_item *item, double t_s)
{
    double tremor_rad = RAD * item->phase->drill.tremor_deg;
    struct motion3 shaking = step_over(t_s, item->start_s, item->hold_from_s - item->start_s, 0), both = {0, 0, 0};
    struct motion3 back = step_over(t_s, item->hold_until_s, item->until_s - item->hold_until_s, 0);
    motion3_add(&shaking, &back, -1);
    for (int i = 0; i < 2; i++) {
        struct motion3 one = wave(item->tremor_hz[i], item->tremor_turns[i], t_s);
        motion3_add(&both, &one, tremor_rad * (i ? 0.2 : 0.3));
    }
    return product(&shaking, &both);
}

static void course_of(const struct drill_item *item, double t_s, struct course *course)
{
    struct motion3 back = step_over(t_s, item->hold_until_s, item->back_s, item->skew[1]);
    *course = (struct course){.share = share_of(item, t_s), .rest = {item->rest_rad[0], 0, 0}};
    motion3_add(&course->rest, &back, item->rest_rad[1] - item->rest_rad[0]);
    if (item->fidget_rad != 0) {
        struct motion3 fidget = smooth_bump((t_s - item->fidget_from_s) / FIDGET_S);
        fidget.first /= FIDGET_S;
        fidget.second /= FIDGET_S * FIDGET_S;
        motion3_add(&course->rest, &fidget, item->fidget_rad);
    }
    if (item->phase->drill.tremor_deg > 0 && t_s < item->until_s)
        course->tremor = tremor_of(item, t_s);
}

// The rest that has wandered goes back to the posture while the next phase begins.
static void settle(const struct drill *drill, const struct drill_item *item, double t_s, struct course *course)
{
    const struct scenario_phase *phase = item->phase;
    const struct drill_item *next = drill_item_at(drill, INFINITY) == item ? NULL : item + 1;
    double end_s = phase->start_s + phase->duration_s, span_s = phase->blend_s;
    if (next && next->phase != phase)
        span_s = fmin(span_s, next->start_s - end_s);
    if (t_s <= end_s || course->rest.value == 0 || !(span_s > 0))
        return;
    struct motion3 step = step_over(t_s, end_s, span_s, 0), left = {1, 0, 0};
    motion3_add(&left, &step, -1);
    course->rest = product(&left, &course->rest);
}

// A point of a plane, turned in it: what its two coordinates change by.
static void lever(const double at_m[2], const struct motion3 *angle, struct motion3 *a, struct motion3 *b)
{
    struct phasor turn = phasor_at(angle->value / TURN_RAD);
    double along = at_m[0] * turn.c - at_m[1] * turn.s, across = at_m[0] * turn.s + at_m[1] * turn.c;
    double rate = angle->first, rate_s = angle->second;
    const struct motion3 da = {along - at_m[0], -across * rate, -across * rate_s - along * rate * rate};
    const struct motion3 db = {across - at_m[1], along * rate, along * rate_s - across * rate * rate};
    motion3_add(a, &da, 1);
    motion3_add(b, &db, 1);
}

static void turn_of(enum site site, const struct drill_item *item, const struct course *course,
                    struct drill_motion *motion)
{
    const struct scenario_drill *drill = &item->phase->drill;
    double to_left = item->side == SIDE_RIGHT ? -1 : 1, along = RAD * drill->along_deg * to_left;
    bool neck = drill->kind == DRILL_NECK_TURNS;
    // The neck's turn is the head's alone, and what goes along is all that is not the pelvis.
    double part = neck ? (site == SITE_HEAD ? 1 : 0) : site_part[site].thorax;
    double also = neck ? site_part[site].thorax : 1;
    struct motion3 *yaw = &motion->turn[2];
    motion3_add(yaw, &course->share, part * to_left * item->range_rad[to_left > 0 ? 0 : 1] + also * along);
    motion3_add(yaw, &course->rest, part);
    motion3_add(yaw, &course->tremor, part);
    lever(site_part[site].at_m, yaw, &motion->moved[0], &motion->moved[1]);
}

static void extension_of(enum site site, const struct drill_item *item, const struct course *course,
                         struct drill_motion *motion)
{
    const double high[2] = {site_part[site].at_m[0], site_part[site].high_m};
    double part = site_part[site].bend, along = RAD * item->phase->drill.along_deg;
    struct motion3 bent = {0, 0, 0}, line = {0, 0, 0};
    motion3_add(&bent, &course->share, item->range_rad[0]);
    motion3_add(&bent, &course->rest, 1);
    motion3_add(&bent, &course->tremor, 1);
    motion3_add(&motion->turn[0], &bent, -part); // backward
    motion3_add(&motion->turn[0], &course->share, -along);
    motion3_add(&line, &bent, part > 0 ? BEND_LEVER : 0);
    if (high[1] > 0)
        lever(high, &line, &motion->moved[0], &motion->moved[2]);
}

static int shoulder_of(enum site site)
{
    if (site == SITE_SHOULDER_LEFT || site == SITE_WRIST_LEFT)
        return SIDE_LEFT;
    return site == SITE_SHOULDER_RIGHT || site == SITE_WRIST_RIGHT ? SIDE_RIGHT : SIDE_NONE;
}

// One shoulder's end forward and up by these angles; its arm hangs from it.
static void move_shoulder(enum site site, const struct motion3 *forward, const struct motion3 *up,
                          struct drill_motion *motion)
{
    if (site == SITE_SHOULDER_LEFT || site == SITE_SHOULDER_RIGHT) {
        motion3_add(&motion->turn[0], forward, 1);
        motion3_add(&motion->turn[1], up, site == SITE_SHOULDER_LEFT ? 1 : -1);
    }
    motion3_add(&motion->moved[0], forward, REACH_M);
    motion3_add(&motion->moved[2], up, LIFT_M);
}

static void squeeze_of(enum site site, const struct drill_item *item, const struct course *course,
                       struct drill_motion *motion)
{
    int side = shoulder_of(site);
    if (side == SIDE_NONE)
        return;
    struct motion3 forward = {0, 0, 0}, up = {0, 0, 0};
    double range = item->range_rad[side];
    motion3_add(&forward, &course->share, -range);
    motion3_add(&forward, &course->rest, -1);
    motion3_add(&forward, &course->tremor, -1);
    motion3_add(&up, &course->share, RAD * item->phase->drill.shrug_deg - DEPRESS * range);
    move_shoulder(site, &forward, &up, motion);
}

// Turns since the cycle began: a cubic from 0 to 1 by the rates at both ends.
static struct motion3 cycle_at(const struct drill_item *item, double t_s)
{
    double span_s = item->until_s - item->start_s, x = (t_s - item->start_s) / span_s;
    if (x >= 1) // after the last one
        return (struct motion3){1, 0, 0};
    double m0 = item->start_rate_hz * span_s, m1 = item->end_rate_hz * span_s, a = m0 + m1 - 2, b = 3 - 2 * m0 - m1;
    return (struct motion3){x * (m0 + x * (b + x * a)), (m0 + x * (2 * b + x * 3 * a)) / span_s,
                            (2 * b + 6 * a * x) / (span_s * span_s)};
}

// Sine and 1 - cosine of the turns.
static void circle_of(const struct motion3 *turns, struct motion3 *sine, struct motion3 *versine)
{
    struct phasor at = phasor_at(turns->value);
    double rate = TURN_RAD * turns->first, rate_s = TURN_RAD * turns->second;
    *sine = (struct motion3){at.s, at.c * rate, at.c * rate_s - at.s * rate * rate};
    *versine = (struct motion3){1 - at.c, at.s * rate, at.s * rate_s + at.c * rate * rate};
}

// Each cycle has its own range: over its first half from what lies between it and the one before, over its second half
// to what lies between it and the next.
static struct motion3 size_of(const struct drill_item *item, const struct motion3 *turns)
{
    bool late = turns->value > 0.5;
    struct motion3 step = smooth_step(2 * turns->value - (late ? 1 : 0));
    double from = late ? 1 : item->edge[0], by = late ? item->edge[1] - 1 : 1 - item->edge[0];
    return (struct motion3){from + by * step.value, by * 2 * step.first * turns->first,
                            by * (4 * step.second * turns->first * turns->first + 2 * step.first * turns->second)};
}

static void roll_of(enum site site, const struct drill_item *item, const struct motion3 *turns,
                    struct drill_motion *motion)
{
    struct motion3 sine, versine, forward = {0, 0, 0}, up = {0, 0, 0}, size = size_of(item, turns);
    double range = item->range_rad[shoulder_of(site)];
    circle_of(turns, &sine, &versine);
    sine = product(&size, &sine);
    versine = product(&size, &versine);
    motion3_add(&up, &versine, range / 2);
    motion3_add(&forward, &sine, (item->phase->drill.backward ? ROLL_FORWARD : -ROLL_FORWARD) * range);
    move_shoulder(site, &forward, &up, motion);
}

static void arm_of(enum site site, const struct drill_item *item, double t_s, const struct motion3 *turns,
                   struct drill_motion *motion)
{
    bool left = site == SITE_WRIST_LEFT;
    const struct scenario_drill *drill = &item->phase->drill;
    motion->arms = t_s < item->until_s;
    if (drill->kind == DRILL_ARM_CIRCLES) { // forward: over the top from behind
        motion3_add(&motion->swing, turns, drill->backward ? -TURN_RAD : TURN_RAD);
        return;
    }
    struct motion3 sine, versine, bent = {1, 0, 0},
                                  step = step_over(t_s, item->start_s, item->until_s - item->start_s, 0);
    struct motion3 size = size_of(item, turns);
    circle_of(turns, &sine, &versine);
    sine = product(&size, &sine);
    motion3_add(&motion->swing, &sine, (left ? 0.5 : -0.5) * item->range_rad[left ? 0 : 1]);
    if (item->first)
        bent = step;
    if (item->last)
        motion3_add(&bent, &step, -1);
    motion3_add(&motion->elbow, &bent, -RAD * ELBOW_DEG);
}

static void cycle_of(enum site site, const struct drill_item *item, double t_s, struct drill_motion *motion)
{
    bool wrist = site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT;
    int side = shoulder_of(site);
    if (side == SIDE_NONE || (item->side != SIDE_NONE && item->side != side))
        return;
    struct motion3 turns = cycle_at(item, t_s);
    if (item->phase->drill.kind == DRILL_SHOULDER_ROLLS)
        roll_of(site, item, &turns, motion);
    else if (wrist)
        arm_of(site, item, t_s, &turns, motion);
}

void drill_at(const struct drill *drill, enum site site, double t_s, struct drill_motion *motion)
{
    const struct drill_item *item = drill_item_at(drill, t_s);
    memset(motion, 0, sizeof *motion);
    if (!item || site == SITE_FOOT_LEFT || site == SITE_FOOT_RIGHT)
        return;
    if (drill_is_cycle(item->phase->drill.kind)) {
        cycle_of(site, item, t_s, motion);
        return;
    }
    struct course course;
    course_of(item, t_s, &course);
    settle(drill, item, t_s, &course);
    if (item->phase->drill.kind == DRILL_EXTEND)
        extension_of(site, item, &course, motion);
    else if (item->phase->drill.kind == DRILL_SQUEEZE)
        squeeze_of(site, item, &course, motion);
    else
        turn_of(site, item, &course, motion);
}
