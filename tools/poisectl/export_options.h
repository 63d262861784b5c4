// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of `poisectl export`.
#ifndef POISE_POISECTL_EXPORT_OPTIONS_H
#define POISE_POISECTL_EXPORT_OPTIONS_H

#include "record/log_reader.h"

#include <stdbool.h>

enum { // exit codes
    EXPORT_DONE = 0,
    EXPORT_FAILED = 1,
    EXPORT_USAGE = 64,
    EXPORT_NO_INPUT = 66
};

enum export_target { EXPORT_CSV, EXPORT_BIDS, EXPORT_HDF5, N_EXPORT_TARGETS };
extern const char *const export_target_names[N_EXPORT_TARGETS];

struct export_options {
    const char *in;
    char out[4096];
    int target; // enum export_target; -1: not given
    bool json, force, progress;
    const char *task, *subject, *session, *tracksys; // BIDS labels; subject and session may be NULL
    int run;                                         // BIDS, 0: none
    struct log_reader_options reader;                // which stream of another program was worn where
};

// -1: go on; else the exit code, and the error has been told.
int export_parse_options(struct export_options *options, int argc, char **argv);
// Letters and digits only, as BIDS wants its labels.
bool export_label_is_valid(const char *label);

#endif
