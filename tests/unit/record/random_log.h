// SPDX-License-Identifier: GPL-3.0-or-later
// Random event logs for the tests of this room: made once, kept in memory, compared bit for bit.
#ifndef POISE_TESTS_RANDOM_LOG_H
#define POISE_TESTS_RANDOM_LOG_H

#include "frames/log_event.h"

#include <stdbool.h>
#include <stddef.h>

struct kept_event {
    enum log_kind kind;
    uint16_t source;
    union {
        char settings[400];
        struct source_desc desc;
        struct raw_block block;
        struct device_event device;
        struct command command;
        struct calibration calibration;
        const struct runner_history *history; // static
        struct tick tick;
    };
};

// TEST_SEED of the environment, else another one each time; printed.
unsigned long long test_seed(void);

// n events: settings first, then sources (also again, and changed), blocks of all formats, ticks, device events,
// commands, calibrations and histories in any order. To be freed.
struct kept_event *random_log(unsigned long long seed, size_t n);
struct log_event kept_event_view(const struct kept_event *kept);
// Writes what differs into why.
bool same_event(const struct kept_event *kept, const struct log_event *event, char *why, size_t size);

// A path in a fresh folder below TMPDIR; the folder is removed at exit.
const char *test_path(const char *name);

#endif
