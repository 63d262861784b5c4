// SPDX-License-Identifier: GPL-3.0-or-later
// One request of the control socket, from JSON text of whoever can reach it to a validated struct: exactly the keys
// that its command takes, of the right type and range, or an error that says what is allowed. Private to publish/.
#ifndef POISE_PUBLISH_REQUEST_H
#define POISE_PUBLISH_REQUEST_H

#include "frames/log_event.h"

#include <stddef.h>

#define REQUEST_MAX   4096 // bytes
#define REQUEST_ERROR 256
#define SPEED_MAX_M_S 12.0
// Requests of one connection: at once, and a second. What is beyond waits with the client.
#define CONTROL_BURST 20
#define CONTROL_PER_S 10

enum request_kind {
    REQUEST_PING,
    REQUEST_STATUS,
    REQUEST_SNAPSHOT,
    REQUEST_META,
    REQUEST_FINDINGS,
    REQUEST_COMMAND, // for the pipeline
    REQUEST_RECORD,
    REQUEST_SESSION,
    REQUEST_ASSESS, // what was published of assessments
};

enum request_action { ACTION_START, ACTION_STOP, ACTION_STATUS };

struct request {
    enum request_kind kind;
    enum request_action action; // of RECORD and SESSION
    struct command command;     // of COMMAND; SESSION: who runs in its text, the rest is control's
    uint64_t after;             // of ASSESS
};

// 0, or -EINVAL with a sentence in error, which is always valid UTF-8 without control characters.
__attribute__((warn_unused_result)) int request_parse(struct request *out, const char *text, size_t n,
                                                      char error[REQUEST_ERROR]);

#endif
