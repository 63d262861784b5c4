// SPDX-License-Identifier: GPL-3.0-or-later
// A configuration with every kind of row and section, for the tests and the fuzz target of settings/.
#ifndef TESTS_EXAMPLE_SCHEMA_H
#define TESTS_EXAMPLE_SCHEMA_H

#include "settings/settings.h"

enum { N_PLACES = 3, N_NAMES = 4 };

struct example_place {
    bool present;
    char uri[32];
    char accel_name[16];
    double mount[9];
};

struct example_name {
    char key[64];
    int place;
};

struct example {
    struct {
        int version;
        char rig[12];
    } top;
    struct {
        int deadline_ms;
        double gap_s, drift;
        bool fill;
        int mode;
        char folder[16];
        double range[2];
    } align;
    struct example_place places[N_PLACES];
    struct example_name names[N_NAMES];
    char beyond[16]; // no setting: must never change
};

extern const struct setting_schema example_schema;
extern const char *const example_places[N_PLACES + 1];

#endif
