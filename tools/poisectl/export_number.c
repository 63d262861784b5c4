// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_number.h"

#include "frames/log_event.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STAMP_STEPS UINT64_C(10000000) // of 100 ns in a second

static char *put_whole(char *at, uint64_t number)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

// The last n digits, with zeros before.
static char *put_part(char *at, uint64_t number, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + n;
}

char *export_put_seconds(char *at, int64_t ns)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t steps = (size + 50) / 100;
    if (ns < 0 && steps > 0)
        *at++ = '-';
    at = put_whole(at, steps / STAMP_STEPS);
    *at++ = '.';
    return put_part(at, steps % STAMP_STEPS, 7);
}

char *export_put_digits(char *at, double value, int digits)
{
    static const double limits[] = {1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double size = fabs(value);
    if (!isfinite(value))
        return at;
    if (!(size >= 1e-4 && size < 1e6) || digits > 12)
        return at + snprintf(at, EXPORT_NUMBER, "%.*g", digits, value);
    int decimals = digits + 3; // of the smallest
    for (int i = 0; size >= limits[i]; i++)
        decimals--;
    if (decimals < 1)
        return at + snprintf(at, EXPORT_NUMBER, "%.*g", digits, value);
    uint64_t one = 1;
    for (int i = 0; i < decimals; i++)
        one *= 10;
    uint64_t number = (uint64_t)(size * (double)one + 0.5), part = number % one;
    if (value < 0)
        *at++ = '-';
    at = put_whole(at, number / one);
    if (part == 0)
        return at;
    *at++ = '.';
    at = put_part(at, part, decimals);
    while (at[-1] == '0')
        at--;
    return at;
}

char *export_put_fixed(char *at, float value)
{
    double size = fabs((double)value);
    if (!(size < 1e9)) // also what is not a number
        return stpcpy(at, "n/a");
    uint64_t micro = (uint64_t)(size * 1e6 + 0.5);
    if (value < 0 && micro > 0)
        *at++ = '-';
    at = put_whole(at, micro / 1000000);
    *at++ = '.';
    return put_part(at, micro % 1000000, 6);
}

const char *export_seconds(int64_t ns, char text[EXPORT_NUMBER])
{
    *export_put_seconds(text, ns) = '\0';
    return text;
}

const char *export_number(double value, char text[EXPORT_NUMBER])
{
    text[0] = '\0';
    if (!isfinite(value))
        return text;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, EXPORT_NUMBER, "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value)
            break;
    }
    return text;
}

const char *export_utc(int64_t t_ns, int64_t offset_ns, char text[EXPORT_NUMBER])
{
    int64_t utc_ns;
    struct tm tm;
    text[0] = '\0';
    if (offset_ns == UTC_UNKNOWN_NS || t_ns == INT64_MIN || __builtin_add_overflow(t_ns, offset_ns, &utc_ns))
        return text;
    time_t s = (time_t)(utc_ns / 1000000000 - (utc_ns % 1000000000 < 0));
    int64_t us = (utc_ns - (int64_t)s * 1000000000) / 1000;
    if (!gmtime_r(&s, &tm))
        return text;
    size_t n = strftime(text, EXPORT_NUMBER, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, EXPORT_NUMBER - n, ".%06" PRId64 "Z", us);
    return text;
}
