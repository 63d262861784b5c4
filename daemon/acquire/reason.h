// SPDX-License-Identifier: GPL-3.0-or-later
// What an errno of libiio means to the operator, as a sentence that says what to look at.
#ifndef POISE_ACQUIRE_REASON_H
#define POISE_ACQUIRE_REASON_H

#include "frames/log_event.h"

enum reason_stage {
    STAGE_CONNECT, // making the context
    STAGE_START,   // enabling the buffer
    STAGE_READ,    // a refill
};

// Writes a sentence; one that is too long ends in "...". Returns error, for `return reason_say(…)`.
int reason_say(char reason[REASON_MAX], int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

void reason_from_errno(char reason[REASON_MAX], int error, enum reason_stage stage, const char *uri, int timeout_ms);

#endif
