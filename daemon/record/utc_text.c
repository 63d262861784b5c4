// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/utc_text.h"

#include "core/clock.h"
#include "frames/log_event.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void utc_text_format(int64_t utc_ns, char text[UTC_TEXT])
{
    time_t seconds = utc_ns / NS_PER_S;
    int64_t below = utc_ns % NS_PER_S;
    if (below < 0) { // C rounds towards zero, the calendar towards the past
        seconds--;
        below += NS_PER_S;
    }
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char second[20]; // 64-bit nanoseconds stay within years of four digits
    strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, UTC_TEXT, "%.19s.%09dZ", second, (int)below);
}

static int number_at(const char *digits, int n)
{
    int number = 0;
    for (int i = 0; i < n; i++)
        number = 10 * number + (digits[i] - '0');
    return number;
}

// The length of the text that has the form of pattern, where 0 stands for any digit; 0 when it has not.
static size_t match(const char *text, const char *pattern)
{
    for (size_t i = 0; pattern[i]; i++)
        if (pattern[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
            return 0;
    return strlen(pattern);
}

bool utc_text_parse(const char *text, int64_t *utc_ns)
{
    size_t at = match(text, "0000-00-00T00:00:00");
    if (at == 0)
        return false;
    struct tm tm = {.tm_year = number_at(text, 4) - 1900,
                    .tm_mon = number_at(text + 5, 2) - 1,
                    .tm_mday = number_at(text + 8, 2),
                    .tm_hour = number_at(text + 11, 2),
                    .tm_min = number_at(text + 14, 2),
                    .tm_sec = number_at(text + 17, 2)};
    struct tm asked = tm;
    int64_t seconds = timegm(&tm), below = 0;
    if (tm.tm_mon != asked.tm_mon || tm.tm_mday != asked.tm_mday || tm.tm_hour != asked.tm_hour ||
        tm.tm_min != asked.tm_min || tm.tm_sec != asked.tm_sec)
        return false; // the 31st of February, 25 o'clock
    if (text[at] == '.') {
        int n = 0;
        for (at++; isdigit((unsigned char)text[at]) && n < 9; n++)
            below = 10 * below + (text[at++] - '0');
        if (n == 0)
            return false;
        for (; n < 9; n++)
            below *= 10;
    }
    if (strcmp(text + at, "Z") != 0)
        return false;
    if (seconds < 0) { // so that the oldest instant there is does not overflow on the way
        seconds++;
        below -= NS_PER_S;
    }
    int64_t ns;
    if (__builtin_mul_overflow(seconds, NS_PER_S, &ns) || __builtin_add_overflow(ns, below, &ns) ||
        ns == UTC_UNKNOWN_NS)
        return false;
    *utc_ns = ns;
    return true;
}
