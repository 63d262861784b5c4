// SPDX-License-Identifier: GPL-3.0-or-later
// A running session as a file's JSON. Private to record/, its store and its fuzz target.
#ifndef POISE_RECORD_SESSION_FILE_H
#define POISE_RECORD_SESSION_FILE_H

#include "frames/session.h"

#include <stddef.h>

#define SESSION_VERSION     1
#define SESSION_RIG         64
#define SESSION_SPEED_LIMIT 100.0 // m/s: what no belt reaches is no speed

// The file's text, to be freed; NULL without memory.
char *session_file_format(const struct session_state *state, const char *rig);

// 0, or -EINVAL with a sentence that names line or key; then *state is unchanged. Trusts nothing: version, UUID, names,
// times, ranges, keys that are not known or there twice.
__attribute__((warn_unused_result)) int session_file_parse(struct session_state *state, char rig[SESSION_RIG],
                                                           const char *text, size_t size, char *error,
                                                           size_t error_size);

#endif
