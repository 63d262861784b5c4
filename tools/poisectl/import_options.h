// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of `poisectl import`.
#ifndef POISE_POISECTL_IMPORT_OPTIONS_H
#define POISE_POISECTL_IMPORT_OPTIONS_H

#include "frames/source.h"

enum { // exit codes
    IMPORT_DONE = 0,
    IMPORT_FAILED = 1,
    IMPORT_USAGE = 64,
    IMPORT_NO_INPUT = 66
};

struct import_options {
    const char *maps[MAX_SOURCES];
    int n_maps;
    const char *time_column;
    double rate_hz; // 0: not given
    double acc_to_si, gyro_to_si;
    const char *in, *out;
};

// -1: go on; else the exit code, and the error has been told.
int import_parse_options(struct import_options *options, int argc, char **argv);
// Says what is wrong with the command line; value may be NULL. Returns IMPORT_USAGE.
int import_usage(const char *what, const char *value);

#endif
