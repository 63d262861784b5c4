// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/exercise.h"

#include "exercise/exercise_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TELL_FRAMES 250

const struct setting exercise_settings[] = {
    {.key = "give_up_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct exercise_params, give_up_s),
     .unit = "s",
     .def = 180,
     .min = 30,
     .max = 900,
     .sentence =
         "When nothing happens for so long, an assessment ends as stopped; what was done by then is kept. Small "
         "values end it while the person still gets ready."},
};
const size_t n_exercise_settings = sizeof exercise_settings / sizeof *exercise_settings;

int exercise_create(struct exerciser **out, const struct exercise_params *params)
{
    struct exerciser *e = *out = calloc(1, sizeof *e);
    if (!e)
        return -ENOMEM;
    e->params = *params;
    e->utc_minus_mono_ns = UTC_UNKNOWN_NS;
    e->now.exercise = -1;
    e->now.outcome = ASSESS_NONE;
    e->now.part = -1;
    for (int s = 0; s < N_SITES; s++)
        e->seen[s] = e->seen_gyro[s] = INT64_MIN / 2;
    trace_design(&e->slow);
    cycle_design(&e->quick);
    return 0;
}

void exercise_destroy(struct exerciser *e)
{
    free(e);
}

void exercise_set_utc(struct exerciser *e, int64_t utc_minus_mono_ns)
{
    e->utc_minus_mono_ns = utc_minus_mono_ns;
}

void exercise_command(struct exerciser *e, enum exercise_action action, int exercise, int64_t index)
{
    e->index = index;
    programme_command(e, action, exercise, index);
    e->due = true; // no frame need follow: the end of a log
}

void exercise_take(struct exerciser *e, const struct output *output)
{
    if (e->running == RUN_PART)
        part_take(e, output);
}

void exercise_step(struct exerciser *e, const struct motion *motion, const struct gait_phase *phase)
{
    (void)phase; // arms and posture have used it
    e->index = motion->index;
    programme_step(e, motion);
    if (e->changed || (e->running != RUN_NOT && (motion->index + 1) % TELL_FRAMES == 0))
        e->due = true;
    e->changed = false;
}

bool exercise_pull(struct exerciser *e, struct exercise_result *result, int64_t *index)
{
    if (!e->due || e->n_queue > 0)
        return false;
    *result = e->now;
    result->n_rows = e->rows.n;
    memcpy(result->row, e->rows.row, sizeof result->row);
    *index = e->index;
    e->due = false;
    return true;
}

bool exercise_pull_repetition(struct exerciser *e, struct repetition_result *result, int64_t *index)
{
    if (e->n_queue == 0)
        return false;
    *result = e->queue[e->next_queue];
    *index = e->queue_index[e->next_queue];
    e->next_queue = (e->next_queue + 1) % QUEUE;
    e->n_queue--;
    return true;
}
