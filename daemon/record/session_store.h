// SPDX-License-Identifier: GPL-3.0-or-later
// The session that runs, kept in DIR/session/RIG.json so that it outlives the daemon; no file: none runs. Not RT-safe.
#ifndef POISE_RECORD_SESSION_STORE_H
#define POISE_RECORD_SESSION_STORE_H

#include "frames/session.h"

#include <stddef.h>

// 0; -ENOENT: none runs; else negative errno and a sentence that names the file, and line or key; then *state is
// unchanged.
__attribute__((warn_unused_result)) int session_store_load(struct session_state *state, const char *dir,
                                                           const char *rig, char *error, size_t error_size);
// Writes the state, or removes the file when no session runs.
__attribute__((warn_unused_result)) int session_store_save(const struct session_state *state, const char *dir,
                                                           const char *rig, char *error, size_t error_size);

#endif
