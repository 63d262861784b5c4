// SPDX-License-Identifier: GPL-3.0-or-later
// Fills the data of a report from files: the log's lines, and what was published, from the recording itself or by a
// replay.
#ifndef POISE_POISECTL_REPORT_READ_H
#define POISE_POISECTL_REPORT_READ_H

#include "report_data.h"
#include "report_find.h"

#include <jansson.h>

struct report_reading {
    const struct report_options *options;
    const struct report_files *files;
    struct report_data *data;
    json_t *doubts; // sentences about the data
    json_t *notes;  // sentences about what was done
    bool replayed;
    double *shift_s; // [n files] added to a file's times, for recordings on both sides of a machine's start
    bool own;        // some file is a log of ours
    bool damaged;
    double first_tick_s, last_tick_s; // of the log, shifted; NaN without
    double utc_minus_tick_s;          // of the first file
    uint64_t n_holes;                 // events that the recorder lost
    bool in_head;                     // of a part: what follows repeats what was in force
};

// 0, or the exit code with the error told.
int report_read(struct report_reading *reading);
void report_read_finish(struct report_reading *reading); // frees shift_s, doubts and notes

// Of report_replay.c: the files from … until − 1 through poised --replay. 0, or the exit code with the error told.
int report_replay(struct report_reading *reading, size_t from, size_t until);

#endif
