// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/session.h"

#include "findings/session_private.h"
#include "frames/frame_block.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_PER_S  1000.0
#define GAP_S         2.0  // a longer step is a hole in the grid: time went by, but nothing is known of it
#define SILENT_STEPS  15   // without an answer: the sites are gone
#define BRIDGED_S     10.0 // an activity lasts over so much of the unknown
#define STILL_ENDS_S  10.0 // of movement: getting up for a moment is no break
#define REPEAT_FRAMES 5000
#define LOOK_FRAMES   1000
#define SETTLED_S     20.0 // twice what gait's last steps cover
#define SPEED_SAME    0.03

int session_create(struct session **out)
{
    struct session *s = *out = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->utc_minus_mono_ns = UTC_UNKNOWN_NS;
    s->activity = s->told = ACTIVITY_UNKNOWN;
    s->unknown_s = BRIDGED_S;
    s->cadence_spm = NAN;
    s->speed_m_s = s->even_speed_m_s = s->run_speed_m_s = NAN;
    s->window_index = s->last_index = -1;
    s->history.updated_utc_ns = UTC_UNKNOWN_NS;
    s->gait = GAIT_NONE;
    for (int q = 0; q < N_QUANTITIES; q++)
        s->previous[q] = NAN;
    ten_seconds_begin(&s->window);
    drift_reset(&s->drift);
    session_look_up(s);
    return 0;
}

void session_destroy(struct session *s)
{
    free(s);
}

void session_set_history(struct session *s, const struct runner_history *history)
{
    s->history = *history;
    s->taken_up = false;
    s->has_fit = false;
    drift_reset(&s->drift);
}

void session_set_utc(struct session *s, int64_t utc_minus_mono_ns)
{
    s->utc_minus_mono_ns = utc_minus_mono_ns;
}

void session_set_speed(struct session *s, double speed_m_s)
{
    s->speed_m_s = speed_m_s > 0 ? speed_m_s : NAN;
    bool known = isfinite(s->speed_m_s), was = isfinite(s->even_speed_m_s);
    if (known == was && !(fabs(s->speed_m_s - s->even_speed_m_s) > SPEED_SAME * s->even_speed_m_s))
        return;
    s->even_speed_m_s = s->speed_m_s;
    s->speed_changed = true;
    s->speed_s = s->settled_s = 0;
}

void session_set_vest(struct session *s, bool worn)
{
    s->vest_from_start = worn;
    s->history.vest = worn;
}

static void take_mark(struct session *s, const char *text, int64_t index)
{
    struct session_result *now = &s->now;
    const uint32_t most = sizeof now->mark / sizeof now->mark[0];
    uint32_t at = now->n_marks < most ? now->n_marks : most - 1;
    if (now->n_marks >= most) {
        memmove(&now->mark[0], &now->mark[1], (most - 1) * sizeof now->mark[0]);
        memmove(&now->mark_ns[0], &now->mark_ns[1], (most - 1) * sizeof now->mark_ns[0]);
    }
    memcpy(now->mark[at], text, sizeof now->mark[at]);
    now->mark[at][sizeof now->mark[at] - 1] = '\0';
    now->mark_ns[at] = index * FRAME_PERIOD_NS;
    now->n_marks++;
    s->pending = true;
    if (strcmp(text, "drink") == 0)
        s->history.since_drink_s = 0;
    if (strcmp(text, "vest on") == 0 || strcmp(text, "vest off") == 0)
        s->history.vest = strcmp(text, "vest on") == 0;
}

void session_command(struct session *s, const struct command *command, int64_t index)
{
    switch (command->kind) {
    case COMMAND_SPEED:
        session_set_speed(s, command->value);
        break;
    case COMMAND_MARK:
        take_mark(s, command->text, index);
        break;
    case COMMAND_SESSION:
        session_begin(s, command->session);
        break;
    case COMMAND_CALIBRATE:
    case COMMAND_ASSESS:
        break;
    }
}

void session_take(struct session *s, const struct output *output)
{
    if (output->stream == STREAM_CADENCE) {
        s->told = output->cadence.activity;
        s->silent_steps = 0;
        if (isfinite(output->cadence.cadence_spm) && output->cadence.cadence_spm > 0)
            s->cadence_spm = output->cadence.cadence_spm;
    }
    session_take_window(s, output);
}

// An activity goes on over a short unknown: a second without a clear line is not a stop.
static void follow_activity(struct session *s, double dt_s)
{
    int told = ++s->silent_steps > SILENT_STEPS ? ACTIVITY_UNKNOWN : s->told;
    int before = s->activity;
    s->unknown_s = told == ACTIVITY_UNKNOWN ? s->unknown_s + dt_s : 0;
    if (told != ACTIVITY_UNKNOWN)
        s->activity = told;
    else if (s->unknown_s > BRIDGED_S)
        s->activity = ACTIVITY_UNKNOWN;
    s->same_s = s->activity == before ? s->same_s + dt_s : 0;
}

static void run_clocks(struct session *s, double dt_s)
{
    struct runner_history *h = &s->history;
    bool runs = s->activity == ACTIVITY_RUN, moves = runs || s->activity == ACTIVITY_WALK;
    if (moves)
        h->moved_s += dt_s;
    if (runs) {
        h->ran_s += dt_s;
        h->since_drink_s += dt_s;
    }
    s->moving_s = moves ? s->moving_s + dt_s : 0;
    if (s->moving_s >= STILL_ENDS_S)
        h->still_s = 0;
    else if (s->activity != ACTIVITY_UNKNOWN)
        h->still_s += dt_s;
    s->speed_s += dt_s;
    session_note_time(s, dt_s, moves);
}

static void publish(struct session *s)
{
    struct session_result *now = &s->now;
    const struct runner_history *h = &s->history;
    if (now->phase != s->phase.phase)
        s->pending = true;
    s->history.phase = now->phase = s->phase.phase;
    now->elapsed_s = (float)h->elapsed_s;
    now->still_s = (float)h->still_s;
    now->ran_s = (float)h->ran_s;
    now->steady_s = (float)h->steady_s;
    now->speed_m_s = (float)s->speed_m_s;
    if (s->index - s->sent_index >= REPEAT_FRAMES)
        s->pending = true;
    s->fresh = true;
}

void session_step(struct session *s, int64_t index)
{
    double dt_s = s->last_index < 0 ? 0 : (double)(index - s->last_index) / FRAMES_PER_S;
    s->index = s->last_index = index;
    if (!s->taken_up)
        session_take_up(s, index);
    s->history.elapsed_s += dt_s;
    if (dt_s <= GAP_S) {
        follow_activity(s, dt_s);
        run_clocks(s, dt_s);
        phase_step(&s->phase, dt_s, s->activity, session_is_easy(s), session_is_fatigued(s));
    }
    int64_t window = index / TEN_SECONDS_FRAMES;
    if (window != s->window_index)
        session_end_window(s, window);
    if (index - s->looked_index >= LOOK_FRAMES || s->same_s == 0) {
        session_look_up(s);
        s->looked_index = index;
    }
    publish(s);
}

const struct session_result *session_now(const struct session *s)
{
    return &s->now;
}

const struct usual_cell *session_usual(const struct session *s, enum quantity quantity)
{
    bool settled = s->same_s >= SETTLED_S && s->speed_s >= SETTLED_S;
    return settled && s->usual[quantity].minutes > 0 ? &s->usual[quantity] : NULL;
}

float session_practical(const struct session *s, enum quantity quantity)
{
    const struct usual_cell *baseline = &s->now.baseline[quantity];
    return baseline->minutes > 0 ? drift_size(quantity, baseline) : NAN;
}

bool session_pull(struct session *s, struct session_result *result, int64_t *index)
{
    if (!s->pending || !s->fresh)
        return false;
    s->pending = false;
    s->sent_index = s->index;
    *result = s->now;
    *index = s->index;
    return true;
}

const struct runner_history *session_history(const struct session *s, uint32_t *changes)
{
    if (changes)
        *changes = s->changes;
    return &s->history;
}
