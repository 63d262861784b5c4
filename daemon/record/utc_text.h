// SPDX-License-Identifier: GPL-3.0-or-later
// An instant as RFC 3339 text to the nanosecond, there and back exactly: "2026-11-21T11:04:31.123456789Z".
#ifndef POISE_RECORD_UTC_TEXT_H
#define POISE_RECORD_UTC_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#define UTC_TEXT 40

void utc_text_format(int64_t utc_ns, char text[UTC_TEXT]);
// True: text is such a time, in UTC, with up to nine decimals or none, between 1677 and 2262.
bool utc_text_parse(const char *text, int64_t *utc_ns);

#endif
