// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/session.h"

#include "frames/frame_block.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_S        0.2
#define REPEAT_FRAMES 5000

// Clocks only: no usual, no drift. They are unknown, and with them what needs them.
struct session {
    struct runner_history history;
    struct session_result now;
    int activity;
    int64_t sent_index;
    bool pending;
    int64_t index;
};

int session_create(struct session **out)
{
    struct session *s = *out = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->activity = ACTIVITY_UNKNOWN;
    s->now.speed_m_s = NAN;
    for (int q = 0; q < N_QUANTITIES; q++) {
        s->now.drift[q].value = s->now.drift[q].change = s->now.drift[q].sigmas = NAN;
        s->now.baseline[q].mean = NAN;
    }
    return 0;
}

void session_destroy(struct session *s)
{
    free(s);
}

void session_set_history(struct session *s, const struct runner_history *history)
{
    s->history = *history;
}

void session_set_utc(struct session *s, int64_t utc_minus_mono_ns)
{
    (void)s;
    (void)utc_minus_mono_ns;
}

void session_set_speed(struct session *s, double speed_m_s)
{
    s->now.speed_m_s = speed_m_s > 0 ? speed_m_s : NAN;
}

void session_set_vest(struct session *s, bool worn)
{
    s->history.vest = worn;
}

void session_command(struct session *s, const struct command *command, int64_t index)
{
    (void)index;
    if (command->kind == COMMAND_SPEED)
        session_set_speed(s, command->value);
    if (command->kind == COMMAND_MARK && strcmp(command->text, "drink") == 0)
        s->history.since_drink_s = 0;
    if (command->kind == COMMAND_MARK && strcmp(command->text, "vest on") == 0)
        s->history.vest = true;
    if (command->kind == COMMAND_MARK && strcmp(command->text, "vest off") == 0)
        s->history.vest = false;
}

void session_take(struct session *s, const struct output *output)
{
    if (output->stream == STREAM_CADENCE)
        s->activity = output->cadence.activity;
}

void session_step(struct session *s, int64_t index)
{
    struct runner_history *h = &s->history;
    bool moves = s->activity == ACTIVITY_WALK || s->activity == ACTIVITY_RUN;
    h->elapsed_s += STEP_S;
    if (moves)
        h->moved_s += STEP_S;
    if (s->activity == ACTIVITY_RUN) {
        h->ran_s += STEP_S;
        h->since_drink_s += STEP_S;
    }
    h->still_s = moves ? 0 : h->still_s + STEP_S;
    s->now.elapsed_s = h->elapsed_s;
    s->now.still_s = h->still_s;
    s->now.ran_s = h->ran_s;
    s->index = index;
    if (index - s->sent_index >= REPEAT_FRAMES) {
        s->sent_index = index;
        s->pending = true;
    }
}

const struct session_result *session_now(const struct session *s)
{
    return &s->now;
}

const struct usual_cell *session_usual(const struct session *s, enum quantity quantity)
{
    (void)s;
    (void)quantity;
    return NULL;
}

float session_practical(const struct session *s, enum quantity quantity)
{
    (void)s;
    (void)quantity;
    return NAN;
}

bool session_pull(struct session *s, struct session_result *result, int64_t *index)
{
    if (!s->pending)
        return false;
    s->pending = false;
    *result = s->now;
    *index = s->index;
    return true;
}

const struct runner_history *session_history(const struct session *s, uint32_t *changes)
{
    if (changes)
        *changes = 0;
    return &s->history;
}
