// SPDX-License-Identifier: GPL-3.0-or-later
// The session as the signal tells it: its phase and clocks, the runner's usual by gait and speed, drift against this
// session's own baseline. In: outputs as published, commands, the history of earlier sessions; out: struct
// session_result and the answers below. Internal to the room. Method: docs/session.md. Pipeline thread; RT-safe after
// create.
#ifndef POISE_FINDINGS_SESSION_H
#define POISE_FINDINGS_SESSION_H

#include "frames/finding.h"
#include "frames/log_event.h"
#include "frames/output.h"

struct session;

__attribute__((warn_unused_result)) int session_create(struct session **out);
void session_destroy(struct session *session); // accepts NULL

void session_set_history(struct session *session, const struct runner_history *history);
void session_set_utc(struct session *session, int64_t utc_minus_mono_ns);
void session_set_speed(struct session *session, double speed_m_s); // the belt's, 0 or NaN: not known
void session_set_vest(struct session *session, bool worn);         // from the start; a history of a session outranks it
// Every command, index: the newest frame. A session that begins folds the one before; the marks "drink", "vest on" and
// "vest off" change the history's clocks and flag at once.
void session_command(struct session *session, const struct command *command, int64_t index);
void session_take(struct session *session, const struct output *output);
void session_step(struct session *session, int64_t index); // every 200 ms of frames

// Phase, clocks, baseline at the present gait and speed, and drift as they are now.
const struct session_result *session_now(const struct session *session);
// What is normal for this runner at the present gait and speed: of earlier sessions where they tell, because a whole
// session may be run badly; else this session's baseline; NULL where neither tells, and before the speed or gait has
// settled.
const struct usual_cell *session_usual(const struct session *session, enum quantity quantity);
// A change of this quantity against its present baseline that matters for a runner, in its unit; NaN: none is judged.
float session_practical(const struct session *session, enum quantity quantity);

// On a change of phase and every 5 s.
bool session_pull(struct session *session, struct session_result *result, int64_t *index);
// The clocks and `vest` in it are those of now; *changes (may be NULL) is raised when it is worth writing anew.
const struct runner_history *session_history(const struct session *session, uint32_t *changes);

#endif
