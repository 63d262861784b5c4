// SPDX-License-Identifier: GPL-3.0-or-later
// One line of JSON, written value by value without a tree of objects in between: a replay would spend more on these
// than on its arithmetic. Each value comes out in the very bytes that jansson writes for value_number() and its
// siblings with JSON_LINE_FLAGS; whatever is not plain is left to jansson. Private to publish/.
#ifndef POISE_PUBLISH_WIRE_LINE_H
#define POISE_PUBLISH_WIRE_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WIRE_LINE_BYTES 8192

struct wire_line {
    FILE *to;
    bool failed;
    size_t n;
    char bytes[WIRE_LINE_BYTES]; // not written to the file yet
};

void wire_begin(struct wire_line *line, FILE *to);
// Writes what is left; 0 or -EIO.
__attribute__((warn_unused_result)) int wire_end(struct wire_line *line);

void wire_raw(struct wire_line *line, const char *bytes, size_t n);
void wire_char(struct wire_line *line, char byte);
void wire_key(struct wire_line *line, const char *key, bool first); // with the comma before it and the colon behind it
void wire_null(struct wire_line *line);
void wire_flag(struct wire_line *line, bool flag);
void wire_integer(struct wire_line *line, int64_t number);
void wire_number(struct wire_line *line, double value, int decimals); // as value_number()
void wire_string(struct wire_line *line, const char *text);           // as value_string()
void wire_text(struct wire_line *line, const char *text);             // as value_text()
void wire_json(struct wire_line *line, json_t *value);                // takes the reference; NULL is an error

#endif
