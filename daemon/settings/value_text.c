// SPDX-License-Identifier: GPL-3.0-or-later
// The way out: values and what is allowed as text.
#include "settings/value.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// The fewest digits that read back to the same number.
static void number_text(double value, char *text, size_t size)
{
    for (int n_digits = 1; n_digits <= 17; n_digits++) {
        snprintf(text, size, "%.*g", n_digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    // %g turns 1000 into 1e+03 at one digit; people write it out.
    if (fabs(value) < 1e15 && value == trunc(value))
        snprintf(text, size, "%.0f", value);
}

static void number_print(double value, FILE *to)
{
    char text[40];
    number_text(value, text, sizeof text);
    fputs(text, to);
}

// Length of the UTF-8 sequence at text, its code point in *code; 0 when it is malformed or overlong.
static size_t utf8_decode(const unsigned char *text, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = text[0];
    size_t n = lead < 0x80 ? 1 : lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    if (n == 0 || lead >= 0xf8 || n > len)
        return 0;
    *code = n == 1 ? lead : lead & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3f);
    }
    return *code < least[n] ? 0 : n;
}

bool text_is_plain(const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t code = 0;
        size_t n = utf8_decode((const unsigned char *)text + at, len - at, &code);
        bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        bool is_break = code == 0x2028 || code == 0x2029;
        bool is_no_character =
            (code >= 0xd800 && code < 0xe000) || code == 0xfeff || code == 0xfffe || code == 0xffff || code > 0x10ffff;
        if (n == 0 || is_control || is_break || is_no_character)
            return false;
        at += n;
    }
    return true;
}

// Words that this or another YAML reader would not take for text.
static bool is_reserved_word(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", NULL};
    for (int i = 0; words[i]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

void text_print(const char *text, FILE *to)
{
    bool bare = isalpha((unsigned char)text[0]) && !is_reserved_word(text);
    for (const char *p = text; *p && bare; p++)
        bare = isalnum((unsigned char)*p) || *p == '_' || *p == '-';
    if (bare) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fputc('\\', to);
        fputc(*p, to);
    }
    fputc('"', to);
}

void value_print(const struct setting *row, const void *field, FILE *to)
{
    const double *reals = field;
    switch (row->type) {
    case SETTING_BOOL:
        fputs(*(const bool *)field ? "true" : "false", to);
        return;
    case SETTING_INT:
        fprintf(to, "%d", *(const int *)field);
        return;
    case SETTING_CHOICE:
        text_print(row->choices[*(const int *)field], to);
        return;
    case SETTING_REAL:
        if (isnan(reals[0]))
            fputs("null", to);
        else
            number_print(reals[0], to);
        return;
    case SETTING_TEXT:
        if (row->nullable && *(const char *)field == '\0')
            fputs("null", to);
        else
            text_print(field, to);
        return;
    case SETTING_REALS:
        if (isnan(reals[0])) {
            fputs("null", to);
            return;
        }
        for (size_t i = 0; i < row->size; i++) {
            fputs(i ? ", " : "[", to);
            number_print(reals[i], to);
        }
        fputc(']', to);
        return;
    }
}

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

static void append_range(const struct setting *row, char *text, size_t size)
{
    char min[40], max[40];
    number_text(row->min, min, sizeof min);
    number_text(row->max, max, sizeof max);
    if (row->min == row->max)
        append(text, size, "%s", min);
    else
        append(text, size, "%s … %s", min, max);
    if (row->unit)
        append(text, size, " %s", row->unit);
}

void value_allowed(const struct setting *row, char *text, size_t size)
{
    text[0] = '\0';
    switch (row->type) {
    case SETTING_BOOL:
        append(text, size, "true, false");
        break;
    case SETTING_INT:
    case SETTING_REAL:
        append_range(row, text, size);
        break;
    case SETTING_TEXT:
        if (row->min >= 1)
            append(text, size, "text of %.0f to %zu bytes", row->min, row->size - 1);
        else
            append(text, size, "text of at most %zu bytes", row->size - 1);
        for (int i = 0; row->choices && row->choices[i]; i++)
            append(text, size, "%s%s…", i ? ", " : " beginning with ", row->choices[i]);
        break;
    case SETTING_CHOICE:
        for (int i = 0; row->choices[i]; i++)
            append(text, size, "%s%s", i ? ", " : "", row->choices[i]);
        break;
    case SETTING_REALS:
        append(text, size, "a list of %zu numbers", row->size);
        if (row->min < row->max) {
            append(text, size, ", each ");
            append_range(row, text, size);
        }
        break;
    }
    if (row->nullable)
        append(text, size, ", or null");
}

void value_default_text(const struct setting *row, char *text, size_t size)
{
    void *field = calloc(1, value_bytes(row));
    FILE *to = field ? fmemopen(text, size, "w") : NULL;
    text[0] = '\0';
    if (to) {
        value_default(row, field);
        value_print(row, field, to);
        fclose(to);
    }
    free(field);
}
