// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/exercise_private.h"

#include <math.h>
#include <string.h>

#define WITHIN_S 2.0 // a site that delivered within this time takes part; for so long a start waits for the sites

static void begin_part(struct exerciser *e, int part)
{
    e->now.part = part;
    e->now.count[0] = e->now.count[1] = 0;
    e->now.held_s = 0;
    e->now.angle_deg = e->now.remaining_s = NAN;
    e->part_began = e->happened = e->index;
    e->changed = true;
    part_begin(e);
}

// A part that cannot be measured has rows, so that nobody thinks it was forgotten.
static void leave_out(struct exerciser *e, int part)
{
    const struct exercise_part *p = &exercise_running(e)->part[part];
    for (int side = p->sided ? SIDE_LEFT : SIDE_NONE; side <= (p->sided ? SIDE_RIGHT : SIDE_NONE); side++)
        rows_of(&e->rows, part, side);
    hint_say(e, "Left out for want of sensors: %s.", p->name);
}

static void advance(struct exerciser *e)
{
    int part = e->now.part + 1;
    for (; part < exercise_running(e)->n_parts && !part_can(e, part); part++)
        leave_out(e, part);
    if (part < exercise_running(e)->n_parts)
        begin_part(e, part);
    else
        programme_end(e, ASSESS_DONE);
}

void programme_end(struct exerciser *e, enum exercise_outcome outcome)
{
    e->running = RUN_NOT;
    e->now.outcome = (int)outcome;
    e->now.part = -1;
    e->now.cue = CUE_NONE;
    e->now.count[0] = e->now.count[1] = 0;
    e->now.angle_deg = e->now.remaining_s = NAN;
    e->now.held_s = 0;
    if (e->index >= e->hint_until) // what to do now is over; what went wrong is not
        e->now.hint[0] = '\0';
    e->changed = true;
}

static void start(struct exerciser *e, int exercise, int64_t index)
{
    uint32_t commands = e->now.commands;
    memset(&e->now, 0, sizeof e->now);
    e->now.exercise = exercise;
    e->now.outcome = ASSESS_RUNNING;
    e->now.commands = commands;
    e->now.begun_ns = index * FRAME_PERIOD_NS;
    e->now.begun_utc_ns =
        e->utc_minus_mono_ns == UTC_UNKNOWN_NS ? UTC_UNKNOWN_NS : e->now.begun_ns + e->utc_minus_mono_ns;
    e->now.part = -1;
    e->now.cue = CUE_BE_STILL;
    e->now.angle_deg = e->now.remaining_s = NAN;
    e->running = RUN_STARTING;
    e->started = index;
    e->hint_until = 0;
    rows_clear(&e->rows);
    quiet_reset(&e->quiet);
}

void programme_command(struct exerciser *e, enum exercise_action action, int exercise, int64_t index)
{
    e->now.commands++;
    e->changed = true;
    if (action == ASSESS_START && exercise >= 0 && exercise < N_EXERCISES)
        start(e, exercise, index);
    else if (action == ASSESS_STOP && e->running != RUN_NOT)
        programme_end(e, ASSESS_STOPPED);
    else if (action == ASSESS_NEXT && e->running == RUN_PART)
        advance(e);
}

static void see(struct exerciser *e, const struct motion *m)
{
    for (int s = 0; s < N_SITES; s++) {
        if (m->valid & SITE_BIT(s))
            e->seen[s] = m->index;
        if (m->valid & m->has_yaw & SITE_BIT(s))
            e->seen_gyro[s] = m->index;
    }
}

static uint32_t seen_lately(const int64_t seen[N_SITES], int64_t index)
{
    uint32_t sites = 0;
    for (int s = 0; s < N_SITES; s++)
        if (index - seen[s] <= SECONDS(WITHIN_S))
            sites |= SITE_BIT(s);
    return sites;
}

// Whether there is one part that measures something: standing still alone is no exercise.
static bool any_part_can(const struct exerciser *e)
{
    for (int part = 0; part < exercise_running(e)->n_parts; part++)
        if (exercise_running(e)->part[part].kind != PART_STILL && part_can(e, part))
            return true;
    return false;
}

// Waits a moment for sites that are about to deliver, then begins or says what is missing.
static void try_to_begin(struct exerciser *e, const struct motion *m)
{
    const struct exercise_info *info = exercise_running(e);
    char text[64];
    e->worn = seen_lately(e->seen, m->index);
    e->worn_gyro = seen_lately(e->seen_gyro, m->index);
    uint32_t missing = info->needs & ~e->worn;
    bool one = info->any == 0 || info->any & e->worn, can = any_part_can(e);
    if (missing == 0 && one && can) {
        e->running = RUN_PART;
        e->turned = m->turned;
        if (!m->calibrated)
            hint_say(e, "Not calibrated: the angles are as good as the sensors' mounts.");
        advance(e);
        return;
    }
    if (m->index - e->started < SECONDS(WITHIN_S))
        return;
    if (missing != 0)
        hint_say(e, "It needs a sensor at each of these: %s.", hint_sites(missing, text, sizeof text));
    else if (!one)
        hint_say(e, "It needs a sensor at one of these: %s.", hint_sites(info->any, text, sizeof text));
    else
        hint_say(e, "It needs sensors with a gyroscope.");
    programme_end(e, ASSESS_FAILED);
}

void programme_step(struct exerciser *e, const struct motion *m)
{
    see(e, m);
    if (e->running == RUN_STARTING)
        try_to_begin(e, m);
    else if (e->running == RUN_PART && part_step(e, m))
        advance(e);
    if (e->running == RUN_PART && e->index - e->happened > SECONDS(e->params.give_up_s)) {
        hint_say(e, "Nothing happened for %.0f s.", e->params.give_up_s);
        programme_end(e, ASSESS_STOPPED);
    }
}
