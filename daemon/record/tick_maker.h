// SPDX-License-Identifier: GPL-3.0-or-later
// The 10 Hz ticks of a log that is made from samples alone: multiples of 100 ms up to the time reached. Where time
// leaps by more than 10 s, forward or back, the ticks go along without steps in between.
#ifndef POISE_RECORD_TICK_MAKER_H
#define POISE_RECORD_TICK_MAKER_H

#include <stdbool.h>
#include <stdint.h>

struct tick_maker { // zero to begin
    bool begun;
    int64_t first_ns, next_ns;
};

// True: *tick_ns goes before what happens at time_ns; ask again. False: none is due.
bool tick_maker_due(struct tick_maker *maker, int64_t time_ns, int64_t *tick_ns);
// The one after the last sample, so that what the samples made due is done.
int64_t tick_maker_last(struct tick_maker *maker);

#endif
