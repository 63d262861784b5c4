// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/value.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(const struct scalar *scalar, const char *word)
{
    return !scalar->quoted && scalar->len == strlen(word) && memcmp(scalar->text, word, scalar->len) == 0;
}

bool scalar_is_null(const struct scalar *scalar)
{
    return is_word(scalar, "") || is_word(scalar, "null") || is_word(scalar, "~") || is_word(scalar, "Null") ||
           is_word(scalar, "NULL");
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

// -?(0|[1-9][0-9]*): 010 would be 8 to some YAML readers and 10 to others.
static bool is_whole_number(const struct scalar *scalar)
{
    const char *p = scalar->text + (scalar->text[0] == '-');
    size_t n = digits(p);
    return !scalar->quoted && n > 0 && (n == 1 || p[0] != '0') && p + n == scalar->text + scalar->len;
}

// Decimal, with point and exponent where wanted; strtod alone would also take hex, nan and inf.
static bool is_number(const struct scalar *scalar)
{
    const char *p = scalar->text;
    p += *p == '-' || *p == '+';
    size_t n_whole = digits(p), n_fraction = 0;
    p += n_whole;
    if (*p == '.') {
        n_fraction = digits(++p);
        p += n_fraction;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        size_t n_exponent = digits(p);
        if (n_exponent == 0)
            return false;
        p += n_exponent;
    }
    return !scalar->quoted && n_whole + n_fraction > 0 && p == scalar->text + scalar->len;
}

static enum value_fault read_number(const struct scalar *scalar, double min, double max, double *value)
{
    if (!is_number(scalar))
        return VALUE_WRONG_TYPE;
    double number = strtod(scalar->text, NULL);
    if (!isfinite(number) || (min <= max && (number < min || number > max)))
        return VALUE_OUT_OF_RANGE;
    *value = number;
    return VALUE_OK;
}

static enum value_fault read_int(const struct setting *row, int *field, const struct scalar *scalar)
{
    if (!is_whole_number(scalar))
        return VALUE_WRONG_TYPE;
    errno = 0;
    long number = strtol(scalar->text, NULL, 10);
    if (errno || number < INT_MIN || number > INT_MAX || (double)number < row->min || (double)number > row->max)
        return VALUE_OUT_OF_RANGE;
    *field = (int)number;
    return VALUE_OK;
}

static bool begins_well(const struct setting *row, const struct scalar *scalar)
{
    for (int i = 0; row->choices && row->choices[i]; i++) {
        size_t n = strlen(row->choices[i]);
        if (scalar->len >= n && memcmp(scalar->text, row->choices[i], n) == 0)
            return true;
    }
    return !row->choices;
}

static enum value_fault read_text(const struct setting *row, char *field, const struct scalar *scalar)
{
    if (scalar_is_null(scalar)) {
        if (!row->nullable)
            return VALUE_WRONG_TYPE;
        memset(field, 0, row->size);
        return VALUE_OK;
    }
    if (!text_is_plain(scalar->text, scalar->len))
        return VALUE_BAD_TEXT;
    if (scalar->len >= row->size)
        return VALUE_TOO_LONG;
    if ((double)scalar->len < row->min)
        return VALUE_TOO_SHORT;
    if (!begins_well(row, scalar))
        return VALUE_BAD_BEGINNING;
    // Cleared to the end: two configurations of equal meaning are equal bytes.
    memset(field, 0, row->size);
    memcpy(field, scalar->text, scalar->len);
    return VALUE_OK;
}

static enum value_fault read_choice(const struct setting *row, int *field, const struct scalar *scalar)
{
    for (int i = 0; row->choices[i]; i++)
        if (scalar->len == strlen(row->choices[i]) && memcmp(scalar->text, row->choices[i], scalar->len) == 0) {
            *field = i;
            return VALUE_OK;
        }
    return VALUE_WRONG_TYPE;
}

static void set_reals(const struct setting *row, double *field, const double *values)
{
    for (size_t i = 0; i < row->size; i++)
        field[i] = values ? values[i] : NAN;
}

static enum value_fault read_reals(const struct setting *row, double *field, const struct scalar *items, size_t n_items)
{
    if (n_items != row->size)
        return VALUE_WRONG_TYPE;
    // A table that gives no range (0, 0) means any number.
    double min = row->min < row->max ? row->min : 1;
    double max = row->min < row->max ? row->max : 0;
    for (size_t i = 0; i < n_items; i++) {
        double ignored;
        enum value_fault fault = read_number(&items[i], min, max, &ignored);
        if (fault != VALUE_OK)
            return fault;
    }
    for (size_t i = 0; i < n_items; i++)
        field[i] = strtod(items[i].text, NULL);
    return VALUE_OK;
}

enum value_fault value_read(const struct setting *row, void *field, const struct scalar *items, size_t n_items,
                            bool is_list)
{
    if (is_list)
        return row->type == SETTING_REALS ? read_reals(row, field, items, n_items) : VALUE_WRONG_TYPE;
    const struct scalar *scalar = items;
    switch (row->type) {
    case SETTING_BOOL:
        if (!is_word(scalar, "true") && !is_word(scalar, "false"))
            return VALUE_WRONG_TYPE;
        *(bool *)field = is_word(scalar, "true");
        return VALUE_OK;
    case SETTING_INT:
        return read_int(row, field, scalar);
    case SETTING_REAL:
        if (row->nullable && scalar_is_null(scalar)) {
            *(double *)field = NAN;
            return VALUE_OK;
        }
        return read_number(scalar, row->min, row->max, field);
    case SETTING_TEXT:
        return read_text(row, field, scalar);
    case SETTING_CHOICE:
        return read_choice(row, field, scalar);
    case SETTING_REALS:
        if (!row->nullable || !scalar_is_null(scalar))
            return VALUE_WRONG_TYPE;
        set_reals(row, field, NULL);
        return VALUE_OK;
    }
    return VALUE_WRONG_TYPE;
}

const char *value_problem(const struct setting *row, enum value_fault fault)
{
    static const char *const wrong_type[] = {
        [SETTING_BOOL] = "is neither true nor false",
        [SETTING_INT] = "is not a whole number",
        [SETTING_REAL] = "is not a number",
        [SETTING_TEXT] = "is not a text",
        [SETTING_CHOICE] = "is not one of the words",
        [SETTING_REALS] = "is not a list of as many numbers as belong here",
    };
    switch (fault) {
    case VALUE_OK:
        return "";
    case VALUE_WRONG_TYPE:
        return wrong_type[row->type];
    case VALUE_OUT_OF_RANGE:
        return "is out of range";
    case VALUE_TOO_LONG:
        return "is too long";
    case VALUE_TOO_SHORT:
        return "is too short";
    case VALUE_BAD_BEGINNING:
        return "begins with none of the words that it may begin with";
    case VALUE_BAD_TEXT:
        return "holds a control character, a line break or bytes that are not UTF-8";
    }
    return "";
}

size_t value_bytes(const struct setting *row)
{
    switch (row->type) {
    case SETTING_BOOL:
        return sizeof(bool);
    case SETTING_INT:
    case SETTING_CHOICE:
        return sizeof(int);
    case SETTING_REAL:
        return sizeof(double);
    case SETTING_TEXT:
        return row->size;
    case SETTING_REALS:
        return row->size * sizeof(double);
    }
    return 0;
}

void value_default(const struct setting *row, void *field)
{
    switch (row->type) {
    case SETTING_BOOL:
        *(bool *)field = row->def != 0;
        break;
    case SETTING_INT:
    case SETTING_CHOICE:
        *(int *)field = (int)row->def;
        break;
    case SETTING_REAL:
        *(double *)field = row->def;
        break;
    case SETTING_TEXT:
        memset(field, 0, row->size);
        if (row->def_text)
            memcpy(field, row->def_text, strnlen(row->def_text, row->size - 1));
        break;
    case SETTING_REALS:
        set_reals(row, field, row->def_reals);
        break;
    }
}
