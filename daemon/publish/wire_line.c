// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/wire_line.h"

#include "publish/json_value.h"

#include <errno.h>
#include <math.h>
#include <string.h>

// Up to here the digits of a rounded number are those of an integer, and fifteen of them are what jansson prints.
#define EXACT 1e15

void wire_begin(struct wire_line *l, FILE *to)
{
    l->to = to;
    l->failed = false;
    l->n = 0;
}

static void pass_on(struct wire_line *l, const char *bytes, size_t n)
{
    if (n > 0 && fwrite(bytes, 1, n, l->to) != n)
        l->failed = true;
}

int wire_end(struct wire_line *l)
{
    pass_on(l, l->bytes, l->n);
    l->n = 0;
    return l->failed ? -EIO : 0;
}

void wire_raw(struct wire_line *l, const char *bytes, size_t n)
{
    if (n > WIRE_LINE_BYTES - l->n) {
        pass_on(l, l->bytes, l->n);
        l->n = 0;
    }
    if (n > WIRE_LINE_BYTES) {
        pass_on(l, bytes, n);
        return;
    }
    memcpy(l->bytes + l->n, bytes, n);
    l->n += n;
}

void wire_char(struct wire_line *l, char byte)
{
    wire_raw(l, &byte, 1);
}

void wire_key(struct wire_line *l, const char *key, bool first)
{
    if (!first)
        wire_char(l, ',');
    wire_string(l, key);
    wire_char(l, ':');
}

void wire_null(struct wire_line *l)
{
    wire_raw(l, "null", 4);
}

void wire_flag(struct wire_line *l, bool flag)
{
    wire_raw(l, flag ? "true" : "false", flag ? 4 : 5);
}

// The decimal digits of number, ending before `end`; returns where they begin.
static char *put_digits(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

void wire_integer(struct wire_line *l, int64_t number)
{
    char digits[24], *end = digits + sizeof digits;
    char *at = put_digits(end, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    if (number < 0)
        *--at = '-';
    wire_raw(l, at, (size_t)(end - at));
}

// What is not finite, not rounded, or so small that it would be written with an exponent, is left to jansson.
void wire_number(struct wire_line *l, double value, int decimals)
{
    static const double scales[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    static const double exponent_below[] = {0, 0, 0, 0, 0, 10, 100, 1e3, 1e4, 1e5}; // of number: 0.0001
    double number = decimals > 0 && decimals <= 9 ? round(value * scales[decimals]) : NAN;
    double size = fabs(number);
    if (!(size < EXACT) || (size < exponent_below[decimals] && size > 0)) {
        wire_json(l, value_number(value, decimals));
        return;
    }
    uint64_t rest = (uint64_t)size;
    for (; decimals > 1 && rest % 10 == 0; decimals--)
        rest /= 10;
    char text[32], *end = text + sizeof text, *at = end;
    for (; decimals > 0; decimals--) {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    *--at = '.';
    at = put_digits(at, rest);
    if (number < 0)
        *--at = '-';
    wire_raw(l, at, (size_t)(end - at));
}

static bool is_plain(const char *text, size_t *length)
{
    const char *at = text;
    for (; *at != '\0'; at++)
        if (*at < ' ' || *at > '~' || *at == '"' ||
            *at == '\\') // char may be signed: what is not ASCII is one of these
            return false;
    *length = (size_t)(at - text);
    return true;
}

void wire_string(struct wire_line *l, const char *text)
{
    size_t length;
    if (!is_plain(text, &length)) {
        wire_json(l, value_string(text));
        return;
    }
    wire_char(l, '"');
    wire_raw(l, text, length);
    wire_char(l, '"');
}

void wire_text(struct wire_line *l, const char *text)
{
    if (text[0] == '\0')
        wire_null(l);
    else
        wire_string(l, text);
}

static int take_part(const char *bytes, size_t n, void *line)
{
    wire_raw(line, bytes, n);
    return 0;
}

void wire_json(struct wire_line *l, json_t *value)
{
    if (!value || json_dump_callback(value, take_part, l, JSON_LINE_FLAGS | JSON_ENCODE_ANY) != 0)
        l->failed = true;
    json_decref(value);
}
