// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and instants as the text of tables. The put_ functions write at `at` without a terminator and return where
// the text ends: printf would be most of an export's time.
#ifndef POISE_POISECTL_EXPORT_NUMBER_H
#define POISE_POISECTL_EXPORT_NUMBER_H

#include <stdint.h>

#define EXPORT_NUMBER 40 // room for any of them

// "123.0000001": nanoseconds as seconds to 100 ns, exactly.
char *export_put_seconds(char *at, int64_t ns);
// At most that many significant digits, 1 … 17; nothing for what is not finite.
char *export_put_digits(char *at, double value, int digits);
// Six decimals; "n/a" for what is not finite or not below 1e9.
char *export_put_fixed(char *at, float value);

const char *export_seconds(int64_t ns, char text[EXPORT_NUMBER]);
// The shortest text that reads back to the same double; "" for what is not finite.
const char *export_number(double value, char text[EXPORT_NUMBER]);
// RFC 3339 to the microsecond; "" when t or offset is not known.
const char *export_utc(int64_t t_ns, int64_t offset_ns, char text[EXPORT_NUMBER]);

#endif
