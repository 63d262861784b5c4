// SPDX-License-Identifier: GPL-3.0-or-later
// One row per setting. A room declares its settings in one table of these rows beside its params struct; the tables
// drive loading, --print-config, the schema and the man page (room settings/ does all that).
#ifndef POISE_CORE_SETTING_H
#define POISE_CORE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

enum setting_type {
    SETTING_BOOL,   // bool
    SETTING_INT,    // int
    SETTING_REAL,   // double
    SETTING_TEXT,   // char[size]
    SETTING_CHOICE, // int, index into choices
    SETTING_REALS,  // double[size]; a YAML sequence of exactly that length
};

struct setting {
    const char *key; // dotted below the section's path, "accel.name"
    enum setting_type type;
    size_t offset;              // in the section's params struct
    size_t size;                // TEXT: bytes of the buffer with its NUL; REALS: how many
    const char *unit;           // "s", "Hz"; NULL when it has none
    double def, min, max;       // BOOL: def 0 or 1; INT, REAL: inclusive range; CHOICE: def is the index
    const char *def_text;       // TEXT: the default, NULL for null
    const double *def_reals;    // REALS: the default, NULL for null (then every element is NaN)
    const char *const *choices; // CHOICE: the words, NULL-terminated; TEXT: what it must begin with, NULL for anything
    bool nullable;              // TEXT: null is allowed and stored as ""; REAL: stored as NaN; REALS: all NaN
    const char *sentence;       // what it does, with what small and large values do
};

#endif
