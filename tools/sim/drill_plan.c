// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/drill.h"

#include "sim/phasor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SET_OFF       1.5 // a series of cycles begins and ends in rest: its first and last take so much longer
#define FIDGET_REST_S 2.0
#define RAD           0.017453292519943295

struct drill {
    int n, room;
    struct drill_item *item;
};

bool drill_is_in(const struct scenario *scenario)
{
    for (int i = 0; i < scenario->n_phases; i++)
        if (scenario->phase[i].drill.kind != DRILL_NONE)
            return true;
    return false;
}

bool drill_is_cycle(enum drill_kind kind)
{
    return kind == DRILL_ARM_CIRCLES || kind == DRILL_SHOULDER_ROLLS || kind == DRILL_SWING;
}

static int items_of(const struct scenario_drill *drill)
{
    bool twice = drill->sides == DRILL_ALTERNATE || drill->sides == DRILL_EACH;
    return (int)drill->repetitions * (twice ? 2 : 1);
}

double drill_longest_s(const struct scenario_drill *drill)
{
    if (drill->kind == DRILL_NONE)
        return 0;
    double n = items_of(drill), move = 1 + 0.01 * drill->move_jitter_pct, hold = 1 + 0.01 * drill->hold_jitter_pct;
    if (drill_is_cycle(drill->kind)) {
        double series = drill->sides == DRILL_EACH ? 2 : 1;
        return drill->wait_s + move * drill->cycle_s * (n + series * 2 * (SET_OFF - 1)) +
               move * (series - 1) * drill->rest_s;
    }
    return drill->wait_s + n * (move * (drill->move_s + drill->back_s) + hold * drill->hold_s + drill->hesitate_s) +
           (drill->through ? 0 : n - 1) * move * drill->rest_s;
}

static struct drill_item *append(struct drill *drill)
{
    if (drill->n == drill->room) {
        int larger = drill->room ? 2 * drill->room : 32;
        struct drill_item *grown = realloc(drill->item, (size_t)larger * sizeof *grown);
        if (!grown)
            return NULL;
        drill->item = grown;
        drill->room = larger;
    }
    return &drill->item[drill->n++];
}

// Of the kth repetition.
static int side_of(const struct scenario_drill *drill, int k)
{
    switch (drill->sides) {
    case DRILL_ALTERNATE:
        return k % 2 ? SIDE_RIGHT : SIDE_LEFT;
    case DRILL_EACH:
        return k < (int)drill->repetitions ? SIDE_LEFT : SIDE_RIGHT;
    case DRILL_LEFT:
        return SIDE_LEFT;
    case DRILL_RIGHT:
        return SIDE_RIGHT;
    default:
        return SIDE_NONE;
    }
}

static double spread(double largest_pct, uint64_t *random)
{
    return 1 + 0.01 * largest_pct * random_uniform(random);
}

// What all kinds draw, always in this order.
static void draw(struct drill_item *item, const struct scenario_phase *phase, int k, uint64_t *random)
{
    const struct scenario_drill *drill = &phase->drill;
    int number = drill->sides == DRILL_ALTERNATE ? k / 2 : drill->sides == DRILL_EACH ? k % (int)drill->repetitions : k;
    double range = spread(drill->range_jitter_pct, random);
    *item = (struct drill_item){.phase = phase, .side = side_of(drill, k), .number = number + 1};
    for (int i = 0; i < 2; i++) {
        item->range_rad[i] = RAD * range * drill->range_deg[i];
        item->skew[i] = 0.01 * drill->skew_pct * random_uniform(random);
        item->tremor_hz[i] = (i ? 6.5 : 4.5) * (1 + 0.15 * random_uniform(random));
        item->tremor_turns[i] = random_uniform(random);
    }
}

// What two half ways would take is enough for the whole one from side to side; both end where the middle is passed.
static void plan_through(struct drill_item *before, struct drill_item *item)
{
    double sag = before->hold_until_s > before->hold_from_s ? 0.01 * before->phase->drill.sag_pct : 0;
    double reached = before->range_rad[before->side] * (1 - sag);
    double wanted = item->range_rad[item->side], low = 0, high = 1;
    double span_s = 0.7 * (before->back_s + item->hold_from_s - item->start_s);
    while (high - low > 1e-9) {
        double x = (low + high) / 2, warped = x + item->skew[0] * x * (1 - x);
        *(smooth_step(warped).value * (reached + wanted) < reached ? &low : &high) = x;
    }
    item->out_from_s = before->hold_until_s;
    before->until_s = item->start_s = before->hold_until_s + low * span_s;
    item->hold_from_s = before->hold_until_s + span_s;
    item->under = reached / wanted;
    before->over = wanted / before->range_rad[before->side];
    before->back_s = span_s;
    before->skew[1] = item->skew[0];
}

// From one to the next; *t_s is where the last one ended.
static void plan_out_and_back(struct drill_item *item, int k, double *t_s, uint64_t *random)
{
    const struct scenario_drill *drill = &item->phase->drill;
    double fidget_rad = RAD * drill->fidget_deg * random_uniform(random);
    double rest_s = drill->rest_s * spread(drill->move_jitter_pct, random);
    double move_s = drill->move_s * spread(drill->move_jitter_pct, random);
    double back_s = drill->back_s * spread(drill->move_jitter_pct, random);
    double hold_s = drill->hold_s * spread(drill->hold_jitter_pct, random), n = items_of(drill);
    item->pause_at = 0.5 + 0.1 * random_uniform(random);
    item->pause_s = drill->hesitate_s;
    item->start_s = *t_s + (k ? rest_s : 0);
    item->hold_from_s = item->start_s + move_s + item->pause_s;
    item->out_from_s = item->start_s;
    item->back_s = back_s;
    if (k && drill->through) {
        plan_through(item - 1, item);
    } else if (k && rest_s >= FIDGET_REST_S) {
        item[-1].fidget_rad = fidget_rad;
        item[-1].fidget_from_s = item[-1].until_s + (rest_s - FIDGET_S) / 2;
    }
    item->hold_until_s = item->hold_from_s + hold_s;
    item->until_s = item->hold_until_s + back_s;
    item->rest_rad[0] = RAD * drill->drift_deg * k / n;
    item->rest_rad[1] = RAD * drill->drift_deg * (k + 1) / n;
    *t_s = item->until_s;
}

// Their own lengths, a rate that is continuous from one to the next and nothing at both ends of a series.
static void plan_cycle(struct drill *plan, int k, double *t_s, uint64_t *random)
{
    struct drill_item *item = &plan->item[plan->n - 1], *before = item - 1;
    const struct scenario_drill *drill = &item->phase->drill;
    item->first = k == 0 || before->side != item->side;
    item->last = item->number == (int)drill->repetitions;
    double ends = (item->first ? SET_OFF : 1) + (item->last ? SET_OFF : 1) - 1;
    double period_s = drill->cycle_s * ends * spread(drill->move_jitter_pct, random);
    item->start_s = *t_s + (item->first && k ? drill->rest_s : 0);
    item->hold_from_s = item->hold_until_s = item->until_s = item->start_s + period_s;
    item->edge[0] = item->edge[1] = 1;
    if (!item->first) {
        item->start_rate_hz = before->end_rate_hz = 2 / (before->until_s - before->start_s + period_s);
        double own = item->range_rad[0], theirs = before->range_rad[0]; // of both sides by one factor
        item->edge[0] = own > 0 ? (own + theirs) / 2 / own : 1;
        before->edge[1] = own > 0 ? (own + theirs) / 2 / theirs : 1;
    }
    *t_s = item->until_s;
}

static int plan_phase(struct drill *plan, const struct scenario *scenario, const struct scenario_phase *phase)
{
    const struct scenario_drill *drill = &phase->drill;
    uint64_t random = scenario->seed ^ (UINT64_C(0xd1) << 56) ^ (uint64_t)(1000 * (phase - scenario->phase));
    double t_s = phase->start_s + fmin(phase->blend_s, phase->duration_s) + drill->wait_s;
    int n = drill->kind == DRILL_NONE ? 0 : items_of(drill);
    for (int k = 0; k < n; k++) {
        struct drill_item *item = append(plan);
        if (!item)
            return -ENOMEM;
        draw(item, phase, k, &random);
        if (drill_is_cycle(drill->kind))
            plan_cycle(plan, k, &t_s, &random);
        else
            plan_out_and_back(item, k, &t_s, &random);
    }
    return 0;
}

int drill_create(struct drill **out, const struct scenario *scenario)
{
    struct drill *drill = calloc(1, sizeof *drill);
    int err = drill ? 0 : -ENOMEM;
    for (int i = 0; !err && i < scenario->n_phases; i++)
        err = plan_phase(drill, scenario, &scenario->phase[i]);
    if (err) {
        drill_destroy(drill);
        drill = NULL;
    }
    *out = drill;
    return err;
}

void drill_destroy(struct drill *drill)
{
    if (!drill)
        return;
    free(drill->item);
    free(drill);
}

const struct drill_item *drill_item(const struct drill *drill, int i)
{
    return i < drill->n ? &drill->item[i] : NULL;
}

const struct drill_item *drill_item_at(const struct drill *drill, double t_s)
{
    int low = 0, high = drill->n; // those before low began, those from high on did not
    while (low < high) {
        int middle = (low + high) / 2;
        *(drill->item[middle].start_s <= t_s ? &low : &high) = drill->item[middle].start_s <= t_s ? middle + 1 : middle;
    }
    return low ? &drill->item[low - 1] : NULL;
}
