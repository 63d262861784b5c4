// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of poised.
#ifndef POISE_OPTIONS_H
#define POISE_OPTIONS_H

#include <stdbool.h>

#define SET_MAX    64
#define REPLAY_MAX 1024 // files; the parts of one recording, or several recordings

struct options {
    const char *config_path; // -c; NULL: the default
    const char *set[SET_MAX];
    int n_set;
    bool check_config, print_config;
    const char *replay[REPLAY_MAX]; // path or "-", in the order in which they are read
    int n_replay;
    bool pace_real;
    const char *emit; // path or "-"
    const char *record;
    const char *runtime_dir, *state_dir; // NULL: the default
    int log_level;
};

// Fills options, or prints help, version or a usage error. Returns -1 to go on, else the exit code.
int options_parse(struct options *options, int argc, char **argv);

#endif
