// SPDX-License-Identifier: GPL-3.0-or-later
// Writes JSON into a buffer that is given: no allocation, no locale, the same bytes on every machine. What does not fit
// sets full, and the text is then worthless. Keys must need no escapes.
#ifndef POISE_PUBLISH_JSON_TEXT_H
#define POISE_PUBLISH_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_text {
    char *start, *at, *end; // one byte before end is kept for the NUL
    bool comma;             // the next key or element needs one
    bool full;
};

void text_init(struct json_text *to, char *buffer, size_t size);
// Terminates with NUL. The length, or 0 when it did not fit.
size_t text_finish(struct json_text *to);

void text_key(struct json_text *to, const char *key);
void text_open(struct json_text *to, char bracket); // '{' or '['
void text_close(struct json_text *to, char bracket);
void text_element(struct json_text *to); // before each value of an array

void text_number(struct json_text *to, double value, int decimals); // not finite: null; never -0
// value / 10^decimals, exactly: nanoseconds have more digits than a double.
void text_decimal(struct json_text *to, int64_t value, int decimals);
void text_count(struct json_text *to, uint64_t value);
void text_flag(struct json_text *to, bool value);
void text_null(struct json_text *to);
void text_string(struct json_text *to, const char *text);        // escapes; bytes that are no UTF-8 become U+FFFD
void text_raw(struct json_text *to, const char *text, size_t n); // a JSON value made elsewhere

// Bytes of the valid UTF-8 sequence at text, 0 when it is none (overlong, surrogate, cut short, beyond U+10FFFF).
size_t text_utf8_length(const char *text);

#endif
