// SPDX-License-Identifier: GPL-3.0-or-later
// One IIOD connection without its socket: bytes in, bytes out. Knows at most one open buffer, as libiio's buffer
// connections do. Nothing it is fed can end the program.
#ifndef POISE_SIM_IIOD_SESSION_H
#define POISE_SIM_IIOD_SESSION_H

#include "sim/harness.h"
#include "sim/iiod_buffer.h"
#include "sim/iiod_parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IIOD_IN_MAX      4096
#define IIOD_PAYLOAD_MAX 1024

struct iiod_session {
    struct harness *harness;
    struct iiod_buffer buffer;
    char in[IIOD_IN_MAX];
    size_t in_used;
    unsigned char *out; // to be sent: out[out_sent] … out[out_used - 1]
    size_t out_used, out_sent, out_room;
    struct iiod_command writing; // a WRITE whose payload has not arrived, verb IIOD_WRITE
    uint64_t reading;            // bytes a READBUF still owes
    bool mask_sent;
    int64_t reading_since_ns; // monotonic
    uint64_t timeout_ms;      // 0: wait for ever
    bool ended;               // EXIT, or no way to go on: close when all is sent
    bool reset;               // and at once, as a peer that has gone away
};

void iiod_session_init(struct iiod_session *session, struct harness *harness);
void iiod_session_finish(struct iiod_session *session);

// Does whatever can be done now with what has come in; call it after new input, after output was sent, and when due.
void iiod_session_work(struct iiod_session *session);
// When to call it again without any input, in ns from now; negative: only after input or output.
int64_t iiod_session_due_in_ns(const struct iiod_session *session);

#endif
