// SPDX-License-Identifier: GPL-3.0-or-later
// poise-sim's command line.
#ifndef POISE_SIM_OPTIONS_H
#define POISE_SIM_OPTIONS_H

#include "sim/fault.h"

#include <stdbool.h>
#include <stdint.h>

enum { EXIT_USAGE = 64, EXIT_INPUT = 66, EXIT_CONFIG = 78 };

struct options {
    const char *scenario, *replay, *write, *truth; // paths, NULL when not given
    const char *bind;
    uint16_t port;
    bool fast, quiet;
    bool has_seed;
    uint64_t seed;
    double seconds; // 0: the server goes on until it is stopped, --write writes the scenario once
    double stretch;
    uint32_t sites; // 0: the scenario's
    struct fault_list faults;
};

// -1: go on; otherwise the program's exit code (help and version were printed, or the error was).
int options_parse(struct options *options, int argc, char **argv);

#endif
