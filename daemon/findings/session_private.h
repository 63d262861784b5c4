// SPDX-License-Identifier: GPL-3.0-or-later
// The session's inside: the door and its clocks are in session.c, what happens once in ten seconds in
// session_window.c, what is kept between starts in session_history.c.
#ifndef POISE_FINDINGS_SESSION_PRIVATE_H
#define POISE_FINDINGS_SESSION_PRIVATE_H

#include "findings/drift.h"
#include "findings/phase.h"
#include "findings/session.h"
#include "findings/ten_seconds.h"
#include "findings/usual.h"

#define MINUTE_WINDOWS 6

struct session {
    struct runner_history history;
    uint32_t changes;
    double unsaved_s, unsaved_moved_s; // since `changes` was last raised
    char id[SESSION_ID];               // that runs, by the commands
    bool taken_up;                     // the history was looked at against that
    bool vest_from_start;
    int64_t utc_minus_mono_ns;

    // What the runner does.
    int activity;            // with gaps of up to ten seconds bridged
    int told;                // as last published
    int silent_steps;        // since then
    double unknown_s;        // since an activity was told
    double same_s, moving_s; // in this activity; without a stop
    float cadence_spm;
    double speed_m_s, even_speed_m_s; // NaN: not known; the one that counts as unchanged
    double speed_s;                   // since that changed

    // Ten seconds at a time.
    struct ten_seconds window;
    int64_t window_index; // -1: none begun
    bool speed_changed;   // in this window
    int rest_windows;     // without running
    int gait;             // of the window before
    float minute[MINUTE_WINDOWS];
    int n_minute;
    double settled_s;             // even, at this gait and speed
    float previous[N_QUANTITIES]; // the mean before, NaN: of another cell or none
    double run_speed_m_s;         // mean of the steady running, NaN: not known
    int n_run_speed;
    float fit[N_SITES][4]; // calibration that the angles rest on
    bool has_fit;
    struct drift drift;
    struct phase phase;

    struct session_result now;
    struct usual_cell usual[N_QUANTITIES]; // for session_usual
    int64_t index, last_index, sent_index;
    int64_t looked_index; // when `baseline` and `usual` were looked up
    bool pending;         // to be told,
    bool fresh;           // once the clocks in `now` are those of now
};

// session_window.c
void session_take_window(struct session *s, const struct output *output);
void session_end_window(struct session *s, int64_t window_index);
void session_look_up(struct session *s); // fills now.baseline, usual and now.drift
bool session_is_easy(const struct session *s);
bool session_is_fatigued(const struct session *s);

// session_history.c
void session_begin(struct session *s, const char *id);              // folds the one before, unless it is the same
void session_take_up(struct session *s, int64_t index);             // with the first step after a history
void session_note_time(struct session *s, double dt_s, bool moves); // raises `changes` now and then

#endif
