// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody beside the belt tells the daemon during a run: a session, marks, calibrations, assessments, the
// belt's speed. As commands in the order of their times, for a written recording.
#ifndef POISE_SIM_TELLING_H
#define POISE_SIM_TELLING_H

#include "sim/scenario.h"

#include "frames/log_event.h"

#include <stdbool.h>
#include <stdint.h>

struct telling {
    const struct scenario *scenario; // NULL: nothing is told
    int64_t next_s;                  // the next whole second to look at
    double told_m_s;
    int phase, part; // the next phase whose mark (part 0) and calibration or assessment (1) are to come
    bool begun;
};

void telling_init(struct telling *telling, const struct scenario *scenario); // scenario may be NULL
// The next command before scenario time until_ns, with its time; false: none.
bool telling_pull(struct telling *telling, int64_t until_ns, struct command *command, int64_t *t_ns);

#endif
