// SPDX-License-Identifier: GPL-3.0-or-later
// One line of the IIOD text protocol as libiio 0.24 speaks it. Anything else is -EINVAL; nothing is assumed of the
// input.
#ifndef POISE_SIM_IIOD_PARSE_H
#define POISE_SIM_IIOD_PARSE_H

#include "sim/harness.h"

#include <stdbool.h>
#include <stdint.h>

enum iiod_verb {
    IIOD_NOTHING, // a blank line
    IIOD_VERSION,
    IIOD_PRINT,
    IIOD_TIMEOUT,
    IIOD_READ,
    IIOD_WRITE, // n bytes follow the line
    IIOD_OPEN,
    IIOD_CLOSE,
    IIOD_READBUF,
    IIOD_SET_BUFFERS_COUNT,
    IIOD_GETTRIG,
    IIOD_SETTRIG,
    IIOD_EXIT,
};

#define IIOD_WORD 64

struct iiod_command {
    enum iiod_verb verb;
    char device[IIOD_WORD];
    enum harness_scope scope;
    bool output; // an output channel: the harness has none
    char channel[IIOD_WORD];
    char attr[IIOD_WORD];
    uint64_t n;    // milliseconds, samples, bytes or buffers
    uint32_t mask; // OPEN, 32 channels
    bool cyclic;
};

// line without its end. 0 or -EINVAL.
__attribute__((warn_unused_result)) int iiod_parse(const char *line, struct iiod_command *command);

#endif
