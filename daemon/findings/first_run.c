// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/first_run.h"

#include <math.h>

void first_run_init(struct first_run *f, double ran_s)
{
    *f = (struct first_run){.begun = ran_s > 0, .before_us = ran_s > 0};
}

void first_run_step(struct first_run *f, double moved_s, double ran_s, double running_s, double lasts_s, int64_t now_ns)
{
    if (f->begun || running_s < lasts_s)
        return;
    f->begun = true;
    f->begun_ns = now_ns - (int64_t)(running_s * 1e9);
    f->easy_s = fmax(moved_s - ran_s, 0); // a few steps of running on the way were easy movement, too short to count
}
