// SPDX-License-Identifier: GPL-3.0-or-later
// jansson values as the streams want them: rounded numbers, null for what is not finite, text that is always UTF-8.
// Private to publish/.
#ifndef POISE_PUBLISH_JSON_VALUE_H
#define POISE_PUBLISH_JSON_VALUE_H

#include <jansson.h>

// Fifteen digits give back every number that was rounded to its decimals; seventeen would print 0.10000000000000001.
// ASCII only: some readers end a line at U+0085 or U+2028, and some terminals act on C1.
#define JSON_LINE_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

json_t *value_number(double value, int decimals); // not finite: null; never -0; an integer when decimals is 0
json_t *value_string(const char *text);           // bytes that are no UTF-8 become U+FFFD
json_t *value_text(const char *text);             // the same, "" is null

#endif
