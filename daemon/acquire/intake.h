// SPDX-License-Identifier: GPL-3.0-or-later
// Fixes the order of the log: commands first, then a tick when one is due, then blocks and events, one from each
// reader in turn. A tick of time t comes after everything that was in the rings at t and before everything later, so
// that a deadline never passes over data that had arrived; the rings' size bounds how long that may take.
// All on the pipeline thread, RT-safe, but intake_stop.
#ifndef POISE_ACQUIRE_INTAKE_H
#define POISE_ACQUIRE_INTAKE_H

#include "acquire/reader.h"

#define INTAKE_COMMANDS 16

struct intake {
    struct bell bell;
    struct reader *readers; // those not started are passed over
    int n_readers;
    int turn;          // the reader that is asked first
    struct ring *held; // whose slot the caller still looks at
    int64_t next_tick_ns;
    struct tick tick; // while a snapshot is drained
    enum { DRAIN_NOTHING, DRAIN_FOR_TICK, DRAIN_FOR_STOP, DRAIN_ENDED } drain;
    size_t backlog[MAX_SOURCES]; // items still to come before the tick or the end
    struct command queue[INTAKE_COMMANDS];
    unsigned n_put, n_taken;
    struct command command; // the one the caller looks at
    atomic_bool stopping;
};

__attribute__((warn_unused_result)) int intake_init(struct intake *intake, struct reader *readers, int n_readers);
void intake_finish(struct intake *intake);
int intake_next(struct intake *intake, struct log_event *event);
bool intake_put_command(struct intake *intake, const struct command *command);
void intake_stop(struct intake *intake); // any thread, async-signal-safe
void intake_resume(struct intake *intake);

#endif
