// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/exercise_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_S    0.6  // after the time is over, in which the last cycle becomes known
#define SETTLED_S  10.0 // after which what room arms says is of this swing
#define STANCE_CUE 3.0  // s before somebody is told to be still

// Left and right count for themselves; of chest and abdomen the one that moves more tells the breaths of both.
static struct exercise_row *row_of_channel(struct exerciser *e, int channel)
{
    return rows_of(&e->rows, e->now.part, part_running(e)->sided ? channel : SIDE_NONE);
}

static double seconds_since(const struct exerciser *e, int64_t frame)
{
    return (double)(e->index - frame) / (double)FRAME_RATE_HZ;
}

static void set_rate(struct exercise_row *row, const struct row_sums *s)
{
    double per_s = s->n > 2 ? (s->n - 2) / ((double)(s->last_from - s->first_from) / (double)FRAME_RATE_HZ) : NAN;
    rows_set(row, "rate_per_min", 60 * per_s);
}

static void set_breath_values(const struct timed *timed, struct exercise_row *row)
{
    double chest = timed_depth_deg(timed, 0), abdomen = timed_depth_deg(timed, 1);
    rows_set(row, "chest_deg", chest);
    rows_set(row, "abdomen_deg", abdomen);
    rows_set(row, "chest_share", chest / (chest + abdomen));
}

// Of both sides, as soon as one changes.
static void set_swing_values(struct exerciser *e)
{
    struct exercise_row *left = row_of_channel(e, SIDE_LEFT), *right = row_of_channel(e, SIDE_RIGHT);
    for (int side = 0; side < 2; side++) { // whose plane is turned sweeps further than its pitch shows
        struct exercise_row *row = side == SIDE_LEFT ? left : right;
        const struct row_sums *s = rows_sums(&e->rows, row);
        if (s->n_swing > 0) {
            row->range_deg = (float)rows_mean(s->swing, s->n_swing);
            row->best_deg = (float)s->best_swing;
        }
    }
    double sum = (double)(left->range_deg + right->range_deg);
    for (int side = 0; side < 2; side++) {
        struct exercise_row *row = side == SIDE_LEFT ? left : right;
        const struct row_sums *s = rows_sums(&e->rows, row);
        rows_set(row, "asymmetry_pct", 200 * (double)(left->range_deg - right->range_deg) / sum);
        rows_set(row, "crossing_deg", rows_mean(s->crossing, s->n_crossing));
        rows_set(row, "stiffness", rows_mean(s->stiffness, s->n_stiffness));
    }
}

static void add_cycle(struct exerciser *e, const struct timed_done *done)
{
    struct exercise_row *row = row_of_channel(e, done->channel);
    struct row_sums *s = rows_sums(&e->rows, row);
    struct repetition_result r = {.exercise = e->now.exercise,
                                  .part = e->now.part,
                                  .side = row->side,
                                  .number = row->count + 1,
                                  .range_deg = fabsf(done->range_deg),
                                  .hold_s = NAN,
                                  .move_s = (float)((double)(done->from_blocks - done->to_blocks) / MOTION_RATE_HZ),
                                  .smoothness = NAN};
    int64_t from = e->index - done->from_blocks * FRAME_BLOCK_LEN;
    rows_add(&e->rows, row, &r, 0, NULL);
    s->first_from = s->n <= 2 ? from : s->first_from;
    s->last_from = from;
    if (e->signals.measure == MEASURE_CIRCLES) {
        *(done->range_deg > 0 ? &s->forward : &s->backward) += 1;
        rows_set(row, "forward", s->forward);
        rows_set(row, "backward", s->backward);
    }
    if (e->signals.measure == MEASURE_BREATH)
        set_breath_values(&e->timed, row);
    set_rate(row, s);
    if (e->signals.measure == MEASURE_SWING)
        set_swing_values(e);
    e->now.count[part_running(e)->sided && row->side == SIDE_RIGHT] = row->count;
    part_queue(e, &r, from);
}

static double time_left_s(const struct exerciser *e)
{
    return part_running(e)->duration_s - (e->timer_began < 0 ? 0 : seconds_since(e, e->timer_began));
}

static bool step_channel(struct exerciser *e, int channel, float x)
{
    struct timed_done done;
    const struct fir *fir = e->signals.measure == MEASURE_BREATH ? &e->slow : &e->quick;
    if (part_channel_sites(e, e->now.part, channel) == 0 || !timed_step(fir, &e->timed, channel, x, &done))
        return false;
    if (e->signals.measure == MEASURE_BREATH && !timed_counts(&e->timed, &done))
        return false;
    if (e->timer_began < 0) // the time runs from the first cycle on
        e->timer_began = e->index - done.from_blocks * FRAME_BLOCK_LEN;
    if (part_running(e)->kind == PART_TIMED && time_left_s(e) + (double)done.to_blocks / MOTION_RATE_HZ < 0)
        return false;
    add_cycle(e, &done);
    return true;
}

bool part_step_cycles(struct exerciser *e, const struct motion *m, char *hint)
{
    const struct exercise_part *p = part_running(e);
    struct reading reading;
    bool over = false;
    signals_step(&e->signals, m, &reading);
    for (int c = 0; c < 2; c++)
        over = step_channel(e, c, reading.x[c]) || over;
    if (p->kind == PART_REPETITIONS) {
        e->now.cue = CUE_MOVE;
        int done = e->now.count[0] - e->now.count[1];
        if (p->count > 0 && abs(done) >= p->count && !part_count_reached(e))
            snprintf(hint, HINT_MAX, "Now the %s one.", done > 0 ? "right" : "left");
        return over && part_count_reached(e);
    }
    e->now.cue = CUE_KEEP_GOING;
    e->now.remaining_s = (float)fmax(time_left_s(e), 0);
    return time_left_s(e) <= -KNOWN_S;
}

bool part_step_stance(struct exerciser *e, char *hint)
{
    const struct exercise_part *p = part_running(e);
    e->now.cue = CUE_BE_STILL;
    e->now.remaining_s = (float)fmax(p->duration_s - e->stood_s, 0);
    if (e->stood_s <= 0 && seconds_since(e, e->part_began) > STANCE_CUE)
        snprintf(hint, HINT_MAX, "Stand still.");
    if (e->stood_s < p->duration_s)
        return false;
    struct exercise_row *row = rows_of(&e->rows, e->now.part, SIDE_NONE);
    stance_tell(&e->stance, row, e->now.part > 0 ? rows_of(&e->rows, e->now.part - 1, SIDE_NONE) : NULL);
    row->count = row->held = 1;
    row->hold_s = (float)e->stood_s;
    return true;
}

static void add_arms(struct exerciser *e, const struct arms_result *arms)
{
    const float swing[2] = {arms->swing_left_deg, arms->swing_right_deg};
    const float crossing[2] = {arms->crossing_left_deg, arms->crossing_right_deg};
    for (int side = 0; side < 2; side++) {
        struct row_sums *s = rows_sums(&e->rows, row_of_channel(e, side));
        if (isfinite(swing[side])) {
            s->swing += (double)swing[side];
            s->best_swing = fmax(s->best_swing, (double)swing[side]);
            s->n_swing++;
        }
        if (isfinite(crossing[side])) {
            s->crossing += (double)crossing[side];
            s->n_crossing++;
        }
        if (isfinite(arms->stiffness)) {
            s->stiffness += (double)arms->stiffness;
            s->n_stiffness++;
        }
    }
    set_swing_values(e);
}

void part_take(struct exerciser *e, const struct output *output)
{
    const struct exercise_part *p = part_running(e);
    if (output->stream == STREAM_POSTURE && p->kind == PART_STANCE) {
        double stood_s = stance_take(&e->stance, &output->posture.now, e->quiet.blocks > 0);
        if (stood_s < e->stood_s)
            e->happened = e->index;
        e->stood_s = stood_s;
    }
    if (output->stream == STREAM_ARMS && e->signals.measure == MEASURE_SWING && e->timer_began >= 0 &&
        seconds_since(e, e->timer_began) > SETTLED_S)
        add_arms(e, &output->arms);
}
