// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/json_value.h"

#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *value_number(double value, int decimals)
{
    static const double power_of_ten[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    if (!isfinite(value))
        return json_null();
    double scale = power_of_ten[decimals < 9 ? decimals : 9];
    double rounded = fabs(value) < 1e15 ? round(value * scale) / scale : value;
    if (decimals == 0 && fabs(value) < 1e15)
        return json_integer((json_int_t)rounded);
    return json_real(rounded == 0 ? 0 : rounded); // not -0
}

static json_t *repaired_string(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *repaired = malloc(3 * strlen(text) + 1), *at = repaired;
    if (!repaired)
        return NULL;
    while (*text != '\0') {
        size_t n = utf8_length(text);
        memcpy(at, n > 0 ? text : replacement, n > 0 ? n : 3);
        at += n > 0 ? n : 3;
        text += n > 0 ? n : 1;
    }
    *at = '\0';
    json_t *value = json_string(repaired);
    free(repaired);
    return value;
}

json_t *value_string(const char *text)
{
    json_t *value = json_string(text); // NULL when it is no UTF-8
    return value ? value : repaired_string(text);
}

json_t *value_text(const char *text)
{
    return text[0] == '\0' ? json_null() : value_string(text);
}
