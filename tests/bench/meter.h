// SPDX-License-Identifier: GPL-3.0-or-later
// Processor time and instructions spent between meter_start and meter_stop, summed, of the calling thread. Instructions
// (in user space) come from perf_event_open, or, when POISE_INSTRUCTIONS names a file, from the 64-bit count at its
// start: an emulator's plug-in (count_instructions.c) keeps it there as it executes this very program. Where nothing
// counts they stay 0.
#ifndef POISE_TESTS_METER_H
#define POISE_TESTS_METER_H

#include <stdint.h>

struct meter {
    int64_t ns;
    uint64_t instructions;
    int64_t started_ns;
    uint64_t started_at;
};

// Once, by the thread that measures. 0 when instructions are counted, else negative errno.
int meter_open(void);
void meter_start(struct meter *meter);
void meter_stop(struct meter *meter);

#endif
