// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/json_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double power_of_ten[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
#define DECIMALS_MAX 9

void text_init(struct json_text *to, char *buffer, size_t size)
{
    *to = (struct json_text){.start = buffer, .at = buffer, .end = buffer + size, .full = size == 0};
}

size_t text_finish(struct json_text *to)
{
    if (to->full)
        return 0;
    *to->at = '\0';
    return (size_t)(to->at - to->start);
}

static void put(struct json_text *to, const char *text, size_t n)
{
    if (to->full || n >= (size_t)(to->end - to->at)) {
        to->full = true;
        return;
    }
    memcpy(to->at, text, n);
    to->at += n;
}

static void put_char(struct json_text *to, char c)
{
    put(to, &c, 1);
}

void text_element(struct json_text *to)
{
    if (to->comma)
        put_char(to, ',');
    to->comma = true;
}

void text_key(struct json_text *to, const char *key)
{
    text_element(to);
    put_char(to, '"');
    put(to, key, strlen(key));
    put(to, "\":", 2);
}

void text_open(struct json_text *to, char bracket)
{
    put_char(to, bracket);
    to->comma = false;
}

void text_close(struct json_text *to, char bracket)
{
    put_char(to, bracket);
    to->comma = true;
}

// Writes the decimal digits of value so that they end before `end`; returns where they begin.
static char *digits(char *end, uint64_t value, int at_least)
{
    for (; value > 0 || at_least > 0; at_least--) {
        *--end = (char)('0' + value % 10);
        value /= 10;
    }
    return end;
}

void text_decimal(struct json_text *to, int64_t value, int decimals)
{
    char text[32];
    char *end = text + sizeof text;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *from = digits(end, magnitude, decimals + 1);
    if (decimals > 0) {
        char *whole_end = end - decimals;
        memmove(from - 1, from, (size_t)(whole_end - from));
        from--;
        whole_end[-1] = '.';
        while (end > whole_end + 1 && end[-1] == '0')
            end--; // 12.500 is 12.5; one digit stays, so that readers with types keep seeing a real
    }
    if (value < 0)
        *--from = '-';
    put(to, from, (size_t)(end - from));
}

void text_number(struct json_text *to, double value, int decimals)
{
    if (!isfinite(value)) {
        text_null(to);
        return;
    }
    if (decimals > DECIMALS_MAX)
        decimals = DECIMALS_MAX;
    double scaled = value * power_of_ten[decimals];
    if (fabs(scaled) < 9e15) { // below 2^53, where rounding to an integer is exact
        text_decimal(to, llround(scaled), decimals);
        return;
    }
    char text[40];
    int n = snprintf(text, sizeof text, "%.15g", value);
    put(to, text, (size_t)n);
    if (!strpbrk(text, ".e"))
        put(to, ".0", 2);
}

void text_count(struct json_text *to, uint64_t value)
{
    char text[24];
    char *end = text + sizeof text;
    char *from = digits(end, value, 1);
    put(to, from, (size_t)(end - from));
}

void text_flag(struct json_text *to, bool value)
{
    if (value)
        put(to, "true", 4);
    else
        put(to, "false", 5);
}

void text_null(struct json_text *to)
{
    put(to, "null", 4);
}

void text_raw(struct json_text *to, const char *text, size_t n)
{
    put(to, text, n);
}

size_t text_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) // also ends at the NUL
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    bool beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : n;
}

// C0, DEL, and C1 (U+0080 to U+009F): terminals act on them.
static bool is_control(const unsigned char *s)
{
    return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] <= 0x9f);
}

void text_string(struct json_text *to, const char *text)
{
    put_char(to, '"');
    while (*text != '\0') {
        const unsigned char *s = (const unsigned char *)text;
        size_t n = text_utf8_length(text);
        if (n == 0) {
            put(to, "\\ufffd", 6);
            n = 1;
        } else if (*s == '"' || *s == '\\') {
            put_char(to, '\\');
            put_char(to, *text);
        } else if (is_control(s)) {
            char escape[8];
            put(to, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", s[n - 1]));
        } else {
            put(to, text, n);
        }
        text += n;
    }
    put_char(to, '"');
}
