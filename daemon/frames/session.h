// SPDX-License-Identifier: GPL-3.0-or-later
// A session: one visit of one runner. Its UUID is in every published object; with its marks and the belt's speed it
// outlives the daemon (record/session_store.h).
#ifndef POISE_FRAMES_SESSION_H
#define POISE_FRAMES_SESSION_H

#include "frames/log_event.h"

#include <stdint.h>

#define SESSION_MARKS   256 // kept; the oldest go first
#define SESSION_SUBJECT 64

struct session_mark {
    int64_t utc_ns;
    char text[COMMAND_TEXT];
};

struct session_state {
    char id[SESSION_ID];           // "": none runs, then only speed_m_s means anything
    char subject[SESSION_SUBJECT]; // a plain name, "" when not told
    int64_t since_utc_ns;
    double speed_m_s; // last told by a command, NaN: never
    uint32_t n_marks; // set so far; the last SESSION_MARKS of them are in mark[], oldest first
    struct session_mark mark[SESSION_MARKS];
};

static inline uint32_t session_marks_kept(const struct session_state *state)
{
    return state->n_marks < SESSION_MARKS ? state->n_marks : SESSION_MARKS;
}

#endif
