// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/session_private.h"
#include "frames/frame_block.h"

#include <math.h>
#include <string.h>

#define SAVE_MOVED_S   60.0                  // of movement not yet kept
#define SAVE_S         600.0                 // without one
#define RESTART_GAP_NS INT64_C(600000000000) // without a session, a start within ten minutes goes on

static int64_t utc_at(const struct session *s, int64_t index)
{
    return s->utc_minus_mono_ns == UTC_UNKNOWN_NS ? UTC_UNKNOWN_NS : index * FRAME_PERIOD_NS + s->utc_minus_mono_ns;
}

static void raise(struct session *s)
{
    s->changes++;
    s->unsaved_s = s->unsaved_moved_s = 0;
}

// A new session: what this one learned becomes part of the person's usual, and every clock begins.
static void begin_anew(struct session *s)
{
    struct runner_history *h = &s->history;
    bool folded = usual_fold(&h->before, &h->now);
    if (folded)
        h->sessions++;
    memset(&h->now, 0, sizeof h->now);
    memcpy(h->session, s->id, sizeof h->session);
    h->elapsed_s = h->moved_s = h->ran_s = h->steady_s = h->still_s = h->since_drink_s = 0;
    h->vest = s->vest_from_start;
    h->phase = PHASE_IDLE;
    s->settled_s = 0;
    s->run_speed_m_s = NAN;
    s->n_run_speed = 0;
    drift_reset(&s->drift);
    phase_begin(&s->phase, PHASE_IDLE, 0);
    session_look_up(s);
    if (folded || s->id[0] != '\0') // a start without either has learned nothing
        raise(s);
}

static void go_on(struct session *s, int64_t gap_ns)
{
    struct runner_history *h = &s->history;
    if (gap_ns > 0)
        h->elapsed_s += (double)gap_ns * 1e-9;
    phase_begin(&s->phase, h->phase, h->steady_s);
}

void session_begin(struct session *s, const char *id)
{
    memcpy(s->id, id, sizeof s->id);
    s->id[sizeof s->id - 1] = '\0';
    s->now.n_marks = 0; // those from before a restart are in the session's own file
    memset(s->now.mark, 0, sizeof s->now.mark);
    memset(s->now.mark_ns, 0, sizeof s->now.mark_ns);
    s->pending = true;
    s->fresh = false;
    if (strcmp(s->id, s->history.session) != 0) {
        begin_anew(s);
        s->taken_up = true;
    }
}

void session_take_up(struct session *s, int64_t index)
{
    struct runner_history *h = &s->history;
    int64_t now_utc = utc_at(s, index), gap_ns = -1;
    s->taken_up = true;
    if (now_utc != UTC_UNKNOWN_NS && h->updated_utc_ns != UTC_UNKNOWN_NS)
        gap_ns = now_utc - h->updated_utc_ns;
    bool same = strcmp(h->session, s->id) == 0;
    bool recent = gap_ns >= 0 && gap_ns <= RESTART_GAP_NS;
    if (same && (s->id[0] != '\0' || recent))
        go_on(s, gap_ns);
    else
        begin_anew(s);
}

void session_note_time(struct session *s, double dt_s, bool moves)
{
    int64_t utc_ns = utc_at(s, s->index);
    if (utc_ns != UTC_UNKNOWN_NS)
        s->history.updated_utc_ns = utc_ns;
    s->unsaved_s += dt_s;
    if (moves)
        s->unsaved_moved_s += dt_s;
    if (s->unsaved_s >= SAVE_S || (s->unsaved_moved_s > 0 && s->unsaved_s >= SAVE_MOVED_S))
        raise(s);
}
