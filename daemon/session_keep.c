// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_keep.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/ring.h"
#include "record/session_store.h"
#include "record/state_file.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define N_SLOTS 256 // main looks four times a second, a connection may send ten commands a second

struct noted {
    int64_t utc_ns;
    struct command command;
};

struct session_keep {
    char *dir, *rig;
    struct ring *ring; // of struct noted
    atomic_uint lost;  // commands that found it full
    unsigned said_lost;
    struct session_state state; // main's
    bool unsaved, said;

    // The pipeline thread's, while it runs; each log opens with them.
    struct command session, speed;
    bool has_speed;
};

static void resume(struct session_keep *k)
{
    char error[STATE_FILE_PATH + 256], since[CLOCK_UTC_TEXT];
    int rc = session_store_load(&k->state, k->dir, k->rig, error, sizeof error);
    if (rc == -ENOENT)
        return;
    if (rc != 0) {
        log_error("the session is not taken up again: %s", error);
        return;
    }
    clock_format_utc(k->state.since_utc_ns, since);
    log_info("session %s goes on, begun %s", k->state.id, since);
    k->session.value = k->state.n_marks;
    memcpy(k->session.session, k->state.id, sizeof k->session.session);
    memcpy(k->session.text, k->state.subject, sizeof k->state.subject);
    k->has_speed = isfinite(k->state.speed_m_s);
    k->speed.value = k->state.speed_m_s;
}

int session_keep_create(struct session_keep **out, const char *dir, const char *rig)
{
    struct session_keep *k = *out = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    k->state.speed_m_s = NAN;
    k->session.kind = COMMAND_SESSION;
    k->speed.kind = COMMAND_SPEED;
    int rc = ring_create(&k->ring, sizeof(struct noted), N_SLOTS);
    if (rc == 0 && (!(k->dir = strdup(dir)) || !(k->rig = strdup(rig))))
        rc = -ENOMEM;
    if (rc == 0) {
        resume(k);
        return 0;
    }
    session_keep_destroy(k);
    *out = NULL;
    return rc;
}

void session_keep_destroy(struct session_keep *k)
{
    if (!k)
        return;
    ring_destroy(k->ring);
    free(k->dir);
    free(k->rig);
    free(k);
}

const struct session_state *session_keep_state(const struct session_keep *k)
{
    return &k->state;
}

int session_keep_opening(const struct session_keep *k, struct command opening[2])
{
    int n = 0;
    if (k->session.session[0] != '\0')
        opening[n++] = k->session;
    if (k->has_speed) // it was told: the belt does not stop for a reload
        opening[n++] = k->speed;
    return n;
}

// What the next log of this start would open with.
static void follow_in_log(struct session_keep *k, const struct command *command)
{
    if (command->kind == COMMAND_SESSION)
        k->session = *command;
    if (command->kind == COMMAND_MARK)
        k->session.value++;
    if (command->kind == COMMAND_SPEED) {
        k->speed = *command;
        k->has_speed = true;
    }
}

void session_keep_watch(struct session_keep *k, const struct command *command)
{
    if (command->kind == COMMAND_CALIBRATE || command->kind == COMMAND_ASSESS)
        return;
    follow_in_log(k, command);
    struct noted *slot = ring_reserve(k->ring);
    if (!slot) {
        atomic_fetch_add(&k->lost, 1);
        return;
    }
    *slot = (struct noted){clock_utc_ns(), *command};
    ring_commit(k->ring);
}

static void add_mark(struct session_state *state, const struct noted *noted)
{
    if (state->id[0] == '\0')
        return;
    if (state->n_marks >= SESSION_MARKS)
        memmove(&state->mark[0], &state->mark[1], (SESSION_MARKS - 1) * sizeof state->mark[0]);
    uint32_t at = state->n_marks < SESSION_MARKS ? state->n_marks : SESSION_MARKS - 1;
    state->mark[at].utc_ns = noted->utc_ns;
    memcpy(state->mark[at].text, noted->command.text, sizeof state->mark[at].text);
    state->n_marks++;
}

static void follow(struct session_state *state, const struct noted *noted)
{
    const struct command *command = &noted->command;
    switch (command->kind) {
    case COMMAND_SESSION:
        *state = (struct session_state){.since_utc_ns = noted->utc_ns, .speed_m_s = state->speed_m_s};
        memcpy(state->id, command->session, sizeof state->id);
        memcpy(state->subject, command->text, sizeof state->subject - 1);
        break;
    case COMMAND_SPEED:
        state->speed_m_s = command->value;
        break;
    case COMMAND_MARK:
        add_mark(state, noted);
        break;
    case COMMAND_CALIBRATE:
    case COMMAND_ASSESS:
        break;
    }
}

static void save(struct session_keep *k)
{
    char error[STATE_FILE_PATH + 256];
    int rc = session_store_save(&k->state, k->dir, k->rig, error, sizeof error);
    k->unsaved = rc != 0; // tried again with the next change
    if (rc != 0 && !k->said)
        log_warning("the session will not outlive a restart: %s; measuring goes on", error);
    k->said = rc != 0;
}

bool session_keep_save(struct session_keep *k)
{
    const struct noted *noted;
    bool changed = false;
    while ((noted = ring_peek(k->ring)) != NULL) {
        bool ran = k->state.id[0] != '\0';
        follow(&k->state, noted);
        changed = true;
        k->unsaved = k->unsaved || ran || k->state.id[0] != '\0'; // a mark or a speed without a session is no state
        ring_release(k->ring);
    }
    if (changed && k->unsaved)
        save(k);
    unsigned lost = atomic_load(&k->lost);
    if (lost != k->said_lost)
        log_warning("%u commands came too fast to be kept with the session", lost - k->said_lost);
    k->said_lost = lost;
    return changed;
}
