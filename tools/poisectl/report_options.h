// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of `poisectl report`.
#ifndef POISE_POISECTL_REPORT_OPTIONS_H
#define POISE_POISECTL_REPORT_OPTIONS_H

#include "record/log_reader.h"

#include <stdbool.h>

enum { // exit codes
    REPORT_DONE = 0,
    REPORT_FAILED = 1,
    REPORT_USAGE = 64,
    REPORT_NO_INPUT = 66
};

enum report_format { REPORT_MD, REPORT_JSON, REPORT_HTML, N_REPORT_FORMATS };
extern const char *const report_format_names[N_REPORT_FORMATS];

struct report_options {
    int format;                       // enum report_format
    const char *out;                  // NULL: standard output
    const char *dir;                  // of recordings, NULL: the configuration's
    const char *config;               // NULL: the default file
    const char *poised;               // NULL: beside this program, else in PATH
    const char *session;              // UUID or its beginning, NULL: not chosen
    const char *maps[IMPORT_MAP_MAX]; // NAME=SITE
    int n_maps;
    bool recompute, part, progress, force;
    char **arguments; // 1 or more
    int n_arguments;
};

// -1: go on; else the exit code, and the error has been told.
int report_parse_options(struct report_options *options, int argc, char **argv);

#endif
