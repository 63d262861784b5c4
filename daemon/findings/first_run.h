// SPDX-License-Identifier: GPL-3.0-or-later
// How long the runner moved easily before the first run of the session. Internal to the room. RT-safe.
#ifndef POISE_FINDINGS_FIRST_RUN_H
#define POISE_FINDINGS_FIRST_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct first_run {
    bool begun;     // there was one
    bool before_us; // it was before this start: how warm the runner was is not known
    double easy_s;  // moved before it
    int64_t begun_ns;
};

void first_run_init(struct first_run *first_run, double ran_s); // ran_s: in this session, before this start
// moved_s and ran_s: the session's clocks; running_s: how long the present run lasts; lasts_s: so long is a run.
void first_run_step(struct first_run *first_run, double moved_s, double ran_s, double running_s, double lasts_s,
                    int64_t now_ns);

#endif
