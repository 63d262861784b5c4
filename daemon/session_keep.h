// SPDX-License-Identifier: GPL-3.0-or-later
// The session beside the log: who runs, since when, which marks, how fast the belt is. A running one outlives pipeline
// and daemon: every log opens with it. The pipeline thread hands its commands over through a ring; main follows them,
// writes the file, and tells the publisher.
#ifndef POISE_SESSION_KEEP_H
#define POISE_SESSION_KEEP_H

#include "frames/log_event.h"
#include "frames/session.h"

#include <stdbool.h>

struct session_keep;

// Reads the state directory's session of this rig and says what it found. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int session_keep_create(struct session_keep **out, const char *dir,
                                                            const char *rig);
void session_keep_destroy(struct session_keep *keep); // accepts NULL

const struct session_state *session_keep_state(const struct session_keep *keep); // main

// Pipeline thread, at the start of a log: the commands it opens with, at most two. RT-safe.
int session_keep_opening(const struct session_keep *keep, struct command opening[2]);
void session_keep_watch(struct session_keep *keep, const struct command *command); // every command of the log; RT-safe
// Main, now and then: follows and writes; true when something has changed.
bool session_keep_save(struct session_keep *keep);

#endif
