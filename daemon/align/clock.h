// SPDX-License-Identifier: GPL-3.0-or-later
// The clock of one source: its samples are taken at regular instants, which the stamps show with jitter. Stamps go in
// one by one; instants come out in the same order, some stamps later where only these can tell: at the start, which is
// a robust least-squares line over the first stamps, and after a stamp that is later than jitter explains. Such a stamp
// stands after missing samples when the next ones are as late; when they catch up, nothing was missing and the stamps
// of a backlog are not believed. Nominal rates are never a time base. RT-safe; the caller owns the struct.
#ifndef POISE_ALIGN_CLOCK_H
#define POISE_ALIGN_CLOCK_H

#include "align/clock_fit.h"

#include <stdint.h>

#define CLOCK_START_MIN 16
#define CLOCK_START_MAX 512
#define CLOCK_HELD_MAX  64 // stamps that may wait on a standing clock

struct clock_model {
    bool standing;   // the start is done
    double nominal;  // nominal period, in units of that of the chip's first source
    double start_s;  // length of the start
    double memory_s; // time constant of the estimate
    int64_t base_ns; // fit counts from this stamp
    int64_t last_stamp_ns;
    struct clock_fit fit;
    int n_waiting;
    int64_t waiting_ns[CLOCK_START_MAX]; // stamps of samples that have no instant yet
};

struct clock_sample {
    int64_t time_ns; // estimated instant
    int missed;      // samples missing before this one
    bool believed;   // its stamp had a say in that
    bool dropped;    // no instant: a repeated sample, or one from before the stamps jumped while starting
};

void clock_reset(struct clock_model *clock); // forgets the line and what waits; keeps the settings above it

// Takes the stamp of the next sample. Fills out[CLOCK_START_MAX] for the samples that now have an instant, oldest
// first, and returns their number; the others wait. A clock whose stamps jumped (back, or ahead by more than 10 s) is
// not standing afterwards and starts again by itself.
int clock_push(struct clock_model *clock, int64_t stamp_ns, const struct clock_hint *hint, struct clock_sample *out);

// Decides about all that wait, with what is known.
int clock_flush(struct clock_model *clock, const struct clock_hint *hint, struct clock_sample *out);

#endif
