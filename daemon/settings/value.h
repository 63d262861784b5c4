// SPDX-License-Identifier: GPL-3.0-or-later
// One row's value: from YAML scalars into its field, back to text, and what is allowed, in words. The grammar is
// stricter than YAML's: no octal, no hex, no underscores, no yes/no, and the whole scalar must be the value.
// Inside room settings/ only.
#ifndef POISE_SETTINGS_VALUE_H
#define POISE_SETTINGS_VALUE_H

#include "core/setting.h"

#include <stdio.h>

struct scalar {
    const char *text; // terminated; may hold further NULs
    size_t len;
    bool quoted; // quoted text is never a number, a flag or null
};

bool scalar_is_null(const struct scalar *scalar);

enum value_fault {
    VALUE_OK,
    VALUE_WRONG_TYPE,
    VALUE_OUT_OF_RANGE,
    VALUE_TOO_LONG,
    VALUE_TOO_SHORT,
    VALUE_BAD_TEXT,
    VALUE_BAD_BEGINNING
};

// Stores the value only when all of it is right. items: one scalar, or a list's (is_list).
enum value_fault value_read(const struct setting *row, void *field, const struct scalar *items, size_t n_items,
                            bool is_list);
// "is not a whole number": ends a sentence that begins with the value.
const char *value_problem(const struct setting *row, enum value_fault fault);

size_t value_bytes(const struct setting *row); // of its field
void value_default(const struct setting *row, void *field);
void value_print(const struct setting *row, const void *field, FILE *to); // as YAML that reads back to the same value
void value_allowed(const struct setting *row, char *text, size_t size);   // "10 … 1000 ms", "wait, exit"
void value_default_text(const struct setting *row, char *text, size_t size);

// UTF-8 without control characters or line breaks: what YAML's double quotes carry unchanged.
bool text_is_plain(const char *text, size_t len);
void text_print(const char *text, FILE *to); // as a YAML scalar, quoted where it must be

#endif
