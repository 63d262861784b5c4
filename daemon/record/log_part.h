// SPDX-License-Identifier: GPL-3.0-or-later
// A recording may lie in several files. Each says which one it is of which recording; the later ones repeat at their
// head what was in force, so that each can be read alone, and end that head with a line.
#ifndef POISE_RECORD_LOG_PART_H
#define POISE_RECORD_LOG_PART_H

#include <stdbool.h>
#include <stdint.h>

#define RECORDING_ID 37 // bytes of a UUID's text with its NUL

struct log_part {
    char recording[RECORDING_ID]; // "": the file does not say
    uint32_t number;              // from 1
    bool has_head;                // what was in force comes first, up to a "head" line
};

#endif
