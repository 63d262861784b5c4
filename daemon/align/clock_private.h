// SPDX-License-Identifier: GPL-3.0-or-later
// What clock.c (a standing clock) and clock_start.c share. Internal to the clock.
#ifndef POISE_ALIGN_CLOCK_PRIVATE_H
#define POISE_ALIGN_CLOCK_PRIVATE_H

#include "align/clock.h"

// A clock that starts: the stamp waits; the start ends when there are enough.
int clock_push_starting(struct clock_model *clock, int64_t stamp_ns, const struct clock_hint *hint,
                        struct clock_sample *out);

// Fits a line to the waiting stamps (two or more), fills a sample for each and lets the clock stand. All are dropped
// when they define no rate. Returns their number.
int clock_start(struct clock_model *clock, const struct clock_hint *hint, struct clock_sample *out);

// The same when nothing more comes: with what there is, but for a last one far from those before it.
int clock_start_at_end(struct clock_model *clock, const struct clock_hint *hint, struct clock_sample *out);

// Gives instants to those of the waiting samples that can have one; n_out are in out already. Returns their number.
int clock_settle(struct clock_model *clock, const struct clock_hint *hint, struct clock_sample *out, int n_out,
                 bool flush);

int clock_drop_waiting(struct clock_model *clock, int n, struct clock_sample *out, int n_out);
void clock_forget_waiting(struct clock_model *clock, int n); // the oldest n

// Stamps are outside input: their difference may not fit.
static inline double clock_span_ns(int64_t from_ns, int64_t to_ns)
{
    int64_t span;
    return __builtin_sub_overflow(to_ns, from_ns, &span) ? (to_ns > from_ns ? 1e19 : -1e19) : (double)span;
}

#endif
