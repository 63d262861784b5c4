// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of imu_player.
#ifndef POISE_TEST_PLAYER_OPTIONS_H
#define POISE_TEST_PLAYER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_CHIPS    16
#define MAX_TRIGGERS 8
#define MAX_SKIPS    32

struct chip_place {
    int site, address;
};

struct skip { // ticks of one trigger that are left out
    int trigger;
    double from_s; // since the first tick
    int n;
};

struct options {
    const char *recording, *report;
    bool list;
    int bus;
    double rate_hz, from_s, seconds; // seconds 0: to the recording's end
    struct chip_place chips[MAX_CHIPS];
    int n_chips;
    const char *triggers[MAX_TRIGGERS]; // paths of trigger_now
    int n_triggers;
    struct skip skips[MAX_SKIPS];
    int n_skips;
};

// 0, or the exit code to end with (help: -1, after which 0 is meant).
int options_parse(struct options *options, int argc, char **argv);

#endif
