// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/exercise_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STILL_S     2.0   // a still part
#define REST_S      0.5   // before repetitions; what came before may have been a still part
#define MOVED_S     1.0   // the same after the whole body moved
#define LOST_S      2.0   // and the hold that is asked for: who holds is still, too, and that is no rest
#define MOVED_COS   0.77  // 40°
#define HELD_LESS_S 0.25  // a hold is as long as asked when it lacks less: so well it is measured
#define LIES        0.5F  // of up across a body that lies
#define ASIDE_SHARE 0.01F // per block: 1 s
#define ALONG_DEG   10.0F
#define ALONG_SHARE 0.3F
#define RAISED_DEG  5.0F
#define WAITS_S     4.0 // before somebody is told to be still

static const float least_deg[N_MEASURES] = {
    [MEASURE_TURN] = 6, [MEASURE_NECK] = 8, [MEASURE_EXTEND] = 3.5F, [MEASURE_SQUEEZE] = 2.5F};

static enum measure measure_of(const struct exerciser *e, int part)
{
    return signals_of(e->now.exercise, part);
}

// The sites of a channel, 0 when it cannot be measured. Lying, gravity sees the turn; seated, only a gyro does.
uint32_t part_channel_sites(const struct exerciser *e, int part, int channel)
{
    enum measure measure = measure_of(e, part);
    bool seated = measure == MEASURE_TURN && e->now.exercise != EXERCISE_LYING_ROTATION;
    uint32_t sites = signals_sites(measure, e->worn, channel);
    return (seated || signals_need_gyro(measure)) && sites & ~e->worn_gyro ? 0 : sites;
}

static uint32_t measured_sites(const struct exerciser *e, int part)
{
    uint32_t sites = 0;
    for (int c = 0; c < signals_channels(measure_of(e, part)); c++)
        sites |= part_channel_sites(e, part, c);
    return sites;
}

bool part_can(const struct exerciser *e, int part)
{
    enum part_kind kind = exercise_running(e)->part[part].kind;
    return kind == PART_STILL || kind == PART_STANCE || measured_sites(e, part) != 0;
}

static uint32_t part_sites(const struct exerciser *e)
{
    uint32_t sites = measured_sites(e, e->now.part);
    if (part_running(e)->kind == PART_STILL && e->now.part + 1 < exercise_running(e)->n_parts)
        sites = measured_sites(e, e->now.part + 1);
    return sites != 0 ? sites : exercise_running(e)->needs & e->worn;
}

// Lying on the side to which side it turns; seated and standing the movement tells.
int part_side(const struct exerciser *e)
{
    if (e->now.exercise != EXERCISE_LYING_ROTATION)
        return SIDE_NONE;
    return e->now.part < 2 ? SIDE_LEFT : SIDE_RIGHT;
}

static double toward(const struct exerciser *e)
{
    return part_side(e) == SIDE_RIGHT ? -1 : 1;
}

static void want_rest(struct exerciser *e, double for_s)
{
    e->wants_rest = true;
    e->rest_s = for_s;
}

void part_begin(struct exerciser *e)
{
    const struct exercise_part *p = part_running(e);
    enum measure measure = measure_of(e, e->now.part);
    signals_begin(&e->signals, measure, e->worn);
    timed_begin(&e->timed, measure);
    stance_begin(&e->stance);
    e->stood_s = 0;
    e->poor = e->lost = false;
    e->timer_began = measure == MEASURE_BREATH ? e->index : -1;
    e->now.cue = p->kind == PART_REPETITIONS ? CUE_MOVE : p->kind == PART_TIMED ? CUE_KEEP_GOING : CUE_BE_STILL;
    want_rest(e, REST_S);
    if (p->kind == PART_STILL)
        return;
    if (p->sided) {
        rows_of(&e->rows, e->now.part, SIDE_LEFT);
        rows_of(&e->rows, e->now.part, SIDE_RIGHT);
    } else {
        rows_of(&e->rows, e->now.part, part_side(e));
    }
}

static void part_restart(struct exerciser *e)
{
    signals_begin(&e->signals, e->signals.measure, e->worn);
    timed_begin(&e->timed, e->signals.measure);
    quiet_reset(&e->quiet);
    want_rest(e, LOST_S + part_running(e)->hold_s);
}

void part_queue(struct exerciser *e, const struct repetition_result *r, int64_t index)
{
    int at = (e->next_queue + e->n_queue) % QUEUE;
    if (e->n_queue == QUEUE) // nobody pulls; the rows have them
        return;
    e->queue[at] = *r;
    e->queue_index[at] = index;
    e->n_queue++;
    e->happened = e->index;
    e->changed = true;
}

static void say_equipment(struct exerciser *e, const struct motion *m, char *hint)
{
    char sites[64];
    uint32_t missing = part_sites(e) & ~m->valid;
    if (missing != 0)
        snprintf(hint, HINT_MAX, "Does not deliver: %s.", hint_sites(missing, sites, sizeof sites));
    else if (hint[0] == '\0' && part_sites(e) & m->slipped)
        snprintf(hint, HINT_MAX, "Slipped, and off by some degrees: %s.",
                 hint_sites(part_sites(e) & m->slipped, sites, sizeof sites));
}

// ---- still ----

static const char *pose_hint(const struct exerciser *e, const struct motion *m)
{
    const float *up = m->up[SITE_C7];
    if (e->now.exercise == EXERCISE_LYING_ROTATION && up[1] * (float)toward(e) < LIES)
        return part_side(e) == SIDE_LEFT ? "Lie on the right side." : "Lie on the left side.";
    if (e->now.exercise == EXERCISE_THORACIC_EXTENSION && m->up[SITE_T12][0] < LIES)
        return "Lie on the back.";
    return "";
}

static bool step_still(struct exerciser *e, const struct motion *m, char *hint)
{
    const char *pose = pose_hint(e, m);
    if (pose[0] != '\0')
        e->quiet.blocks = 0;
    e->now.cue = CUE_BE_STILL;
    e->now.remaining_s = (float)fmax(STILL_S - e->quiet.blocks / MOTION_RATE_HZ, 0);
    if (e->quiet.blocks >= QUIET_BLOCKS(STILL_S))
        return true;
    if (pose[0] != '\0')
        snprintf(hint, HINT_MAX, "%s", pose);
    else if (e->quiet.blocks == 0 && e->index - e->part_began > SECONDS(WAITS_S))
        snprintf(hint, HINT_MAX, "Be still for a moment.");
    return false;
}

// ---- repetitions ----

static void take_rest(struct exerciser *e, const struct motion *m)
{
    int base = signals_base(e->signals.measure, e->worn);
    struct reading reading;
    signals_rest(&e->signals, m);
    signals_step(&e->signals, m, &reading);
    if (!isfinite(reading.x[0]))
        return;
    if (base >= 0)
        memcpy(e->rest_up, m->up[base], sizeof e->rest_up);
    memcpy(e->rest_aside, reading.aside, sizeof e->rest_aside);
    repetition_begin(&e->slow, &e->repetition, least_deg[e->signals.measure], part_running(e)->sided,
                     (float)toward(e) * reading.x[0]);
    e->wants_rest = false;
    e->changed = true;
}

static bool body_moved(const struct exerciser *e, const struct motion *m)
{
    int base = signals_base(e->signals.measure, e->worn);
    double along = 0;
    if (base < 0 || !(m->valid & SITE_BIT(base)))
        return false;
    for (int i = 0; i < 3; i++)
        along += (double)(m->up[base][i] * e->rest_up[i]);
    return along < MOVED_COS;
}

static void add_values(struct exerciser *e, struct exercise_row *row)
{
    const struct row_sums *s = rows_sums(&e->rows, row);
    const char *const *names = signals_aside(e->signals.measure);
    rows_set(row, "move_s", rows_mean(s->move, s->n));
    for (int a = 0; a < SIGNAL_ASIDE && names[a]; a++)
        rows_set(row, names[a], rows_mean(s->aside[a], s->n_aside[a]));
    if (e->signals.measure == MEASURE_TURN)
        rows_set(row, "against_t12", e->signals.base == SITE_T12);
}

static void add_repetition(struct exerciser *e, const struct repetition_done *done)
{
    const struct exercise_part *p = part_running(e);
    const struct movement_measured *m = &done->measured;
    int side = p->sided ? (done->direction > 0 ? SIDE_LEFT : SIDE_RIGHT) : part_side(e);
    struct exercise_row *row = rows_of(&e->rows, e->now.part, side);
    struct repetition_result r = {.exercise = e->now.exercise,
                                  .part = e->now.part,
                                  .side = side,
                                  .number = row->count + 1,
                                  .range_deg = m->range_deg,
                                  .hold_s = p->hold_s > 0 ? m->hold_s : NAN,
                                  .move_s = m->move_s,
                                  .smoothness = m->smoothness};
    float aside[SIGNAL_ASIDE];
    for (int a = 0; a < SIGNAL_ASIDE; a++) // a turn's are toward the side that was turned to
        aside[a] = m->aside[a] * (signals_is_turn(e->signals.measure) ? (float)(done->direction * toward(e)) : 1);
    rows_add(&e->rows, row, &r, p->hold_s - HELD_LESS_S, aside);
    add_values(e, row);
    e->now.count[p->sided && side == SIDE_RIGHT] = row->count;
    int64_t blocks_ago = e->repetition.trace.blocks - llround(2 * m->begins + 2);
    part_queue(e, &r, e->index - blocks_ago * FRAME_BLOCK_LEN);
}

// Over when the asked number is reached on each side that can be measured.
bool part_count_reached(const struct exerciser *e)
{
    const struct exercise_part *p = part_running(e);
    bool two = p->sided && signals_channels(e->signals.measure) == 2;
    for (int side = 0; side < (p->sided ? 2 : 1); side++)
        if ((!two || part_channel_sites(e, e->now.part, side) != 0) && e->now.count[side] < p->count)
            return false;
    return p->count > 0;
}

static void cue_repetition(struct exerciser *e, const struct reading *reading, char *hint)
{
    const struct repetition *r = &e->repetition;
    const struct exercise_part *p = part_running(e);
    e->now.angle_deg = r->angle_deg * (float)toward(e);
    e->now.held_s = r->state == AWAY && p->hold_s > 0 ? r->held_s : 0;
    bool counts = r->state == AWAY && (r->direction > 0 || p->sided) && r->reach_deg >= r->least_deg;
    e->now.cue = CUE_MOVE;
    if (counts && (r->going_back || (r->held_since >= 0 && r->held_s >= (float)p->hold_s)))
        e->now.cue = CUE_BACK;
    else if (counts && r->held_since >= 0)
        e->now.cue = CUE_HOLD;
    for (int a = 0; a < SIGNAL_ASIDE; a++) // that it moves is known late; by then the hips may have begun to turn
        if (r->state == AT_REST && fabsf(r->angle_deg) < 0.3F * r->least_deg)
            e->rest_aside[a] += ASIDE_SHARE * (reading->aside[a] - e->rest_aside[a]);
    e->poor = counts && e->poor;
    float along = fabsf(reading->aside[0] - e->rest_aside[0]), raised = reading->aside[2] - e->rest_aside[2];
    if (counts && e->signals.measure == MEASURE_TURN && along > fmaxf(ALONG_DEG, ALONG_SHARE * fabsf(r->angle_deg)))
        e->poor = true;
    if (counts && e->signals.measure == MEASURE_SQUEEZE && raised > RAISED_DEG)
        e->poor = true;
    if (e->poor && e->signals.measure == MEASURE_TURN)
        snprintf(hint, HINT_MAX, "The hips turn along: only what the thorax turns by itself counts.");
    else if (e->poor)
        snprintf(hint, HINT_MAX, "The shoulders rise: keep them away from the ears.");
    else if (p->sided && r->state == AT_REST && p->count > 0 && e->now.count[0] >= p->count)
        snprintf(hint, HINT_MAX, "Now to the right.");
    else if (p->sided && r->state == AT_REST && p->count > 0 && e->now.count[1] >= p->count)
        snprintf(hint, HINT_MAX, "Now to the left.");
}

static bool step_repetitions(struct exerciser *e, const struct motion *m, char *hint)
{
    struct reading reading;
    struct repetition_done done;
    if (e->wants_rest && e->quiet.blocks >= QUIET_BLOCKS(e->rest_s))
        take_rest(e, m);
    if (e->wants_rest) {
        e->now.cue = CUE_BE_STILL;
        e->now.angle_deg = NAN;
        e->now.held_s = 0;
        if (e->index - e->part_began > SECONDS(WAITS_S))
            snprintf(hint, HINT_MAX, "Back to the rest position, and be still for %.0f s.", fmax(e->rest_s, 1));
        return false;
    }
    signals_step(&e->signals, m, &reading);
    if (!isfinite(reading.x[0])) {
        e->lost = signals_keep_rest(&e->signals);
        if (!e->lost)
            want_rest(e, LOST_S + part_running(e)->hold_s);
        e->now.angle_deg = NAN;
        e->now.held_s = 0;
        e->now.cue = CUE_BE_STILL;
        return false;
    }
    if (e->lost)
        repetition_resume(&e->slow, &e->repetition, (float)toward(e) * reading.x[0]);
    e->lost = false;
    if (body_moved(e, m)) {
        want_rest(e, MOVED_S);
        return false;
    }
    bool over = repetition_step(&e->slow, &e->repetition, (float)toward(e) * reading.x[0], reading.aside, &done);
    if (over)
        add_repetition(e, &done);
    cue_repetition(e, &reading, hint);
    return over && part_count_reached(e);
}

bool part_step(struct exerciser *e, const struct motion *m)
{
    char hint[HINT_MAX] = "";
    bool over = false;
    // What is relative to the old axes, or integrated, has lost its rest. Cycles have none: they go on.
    if (m->restarted || (m->turned != e->turned && signals_channels(e->signals.measure) == 1))
        part_restart(e);
    e->turned = m->turned;
    quiet_step(&e->quiet, m, part_sites(e));
    switch (part_running(e)->kind) {
    case PART_STILL:
        over = step_still(e, m, hint);
        break;
    case PART_STANCE:
        over = part_step_stance(e, hint);
        break;
    case PART_REPETITIONS:
    case PART_TIMED:
        over = signals_channels(e->signals.measure) == 2 ? part_step_cycles(e, m, hint) : step_repetitions(e, m, hint);
        break;
    }
    say_equipment(e, m, hint);
    hint_of_now(e, hint);
    return over;
}
