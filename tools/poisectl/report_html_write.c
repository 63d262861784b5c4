// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_html_write.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *model_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

double model_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

int model_decimals(const json_t *object)
{
    json_int_t decimals = json_integer_value(json_object_get(object, "decimals"));
    int at_most = strcmp(model_text(object, "unit"), "deg") == 0 ? 1 : 6; // angles are not known better than that
    return decimals < 0 ? 0 : decimals > at_most ? at_most : (int)decimals;
}

int figure_decimals(const json_t *object, double value)
{
    const char *unit = model_text(object, "unit");
    int decimals = model_decimals(object);
    bool is_large = fabs(value) >= 10;
    if (is_large && (strcmp(unit, "ms") == 0 || strcmp(unit, "mm") == 0))
        return 0;
    return decimals > 1 && is_large ? 1 : decimals;
}

// Bytes of a character that is not shown but does something, or is forbidden: controls, and what turns the direction of
// the text behind it round; 0 for any other.
static size_t control_bytes(const char *at)
{
    unsigned char a = (unsigned char)at[0], b = a >= 0x80 ? (unsigned char)at[1] : 0;
    unsigned char c = b != 0 ? (unsigned char)at[2] : 0;
    if ((a < ' ' && a != '\n' && a != '\t') || a == 0x7F)
        return 1;
    if (a == 0xC2 && b >= 0x80 && b < 0xA0)
        return 2;
    bool embeds = b == 0x80 && c >= 0xAA && c <= 0xAE, isolates = b == 0x81 && c >= 0xA6 && c <= 0xA9;
    return a == 0xE2 && (embeds || isolates) ? 3 : 0;
}

void html_text(FILE *out, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        size_t n = control_bytes(at);
        if (n > 0)
            fputs("\uFFFD", out);
        else if (*at == '&')
            fputs("&amp;", out);
        else if (*at == '<')
            fputs("&lt;", out);
        else if (*at == '>')
            fputs("&gt;", out);
        else if (*at == '"')
            fputs("&quot;", out);
        else if (*at == '\'')
            fputs("&#39;", out);
        else
            fputc(*at, out);
        at += n > 0 ? n : 1;
    }
}

void html_foreign(FILE *out, const char *text)
{
    fputs("<bdi>", out);
    html_text(out, text);
    fputs("</bdi>", out);
}

static void number(FILE *out, double value, int decimals, bool with_sign)
{
    char digits[64];
    if (!isfinite(value)) {
        fputs("<span class=\"none\" title=\"not known\">–</span>", out);
        return;
    }
    snprintf(digits, sizeof digits, fabs(value) < 1e12 ? "%.*f" : "%.*g", decimals, fabs(value));
    bool is_zero = strspn(digits, "0.") == strlen(digits);
    if (value < 0 && !is_zero)
        fputs("−", out);
    else if (with_sign && !is_zero)
        fputs("+", out);
    size_t whole = strcspn(digits, ".e");
    for (size_t i = 0; digits[i] != '\0'; i++) {
        if (i > 0 && i < whole && whole > 4 && (whole - i) % 3 == 0)
            fputs("\u202F", out); // between thousands, narrow
        fputc(digits[i], out);
    }
}

void html_number(FILE *out, double value, int decimals)
{
    number(out, value, decimals, false);
}

void html_signed(FILE *out, double value, int decimals)
{
    number(out, value, decimals, true);
}

void html_unit_name(FILE *out, const json_t *object)
{
    const char *unit = model_text(object, "unit");
    if (unit[0] == '\0')
        return;
    bool is_angle = strcmp(unit, "deg") == 0; // a sign alone begins no line
    fprintf(out, "%s<span class=\"unit\">", is_angle ? "\u00A0" : " ");
    html_text(out, is_angle ? "°" : unit);
    fputs("</span>", out);
}

void html_unit(FILE *out, const json_t *object)
{
    const char *unit = model_text(object, "unit");
    if (strcmp(unit, "deg") == 0) {
        fputs("°", out);
    } else if (unit[0] != '\0') {
        fputs("\u00A0", out);
        html_text(out, unit);
    }
}

void html_clock(FILE *out, double s)
{
    if (!isfinite(s) || fabs(s) > 1e9) {
        html_number(out, (double)NAN, 0);
        return;
    }
    long all = lround(fabs(s));
    if (s < 0 && all > 0)
        fputs("−", out);
    if (all >= 3600)
        fprintf(out, "%ld:%02ld:%02ld", all / 3600, all / 60 % 60, all % 60);
    else
        fprintf(out, "%ld:%02ld", all / 60, all % 60);
}

void html_span(FILE *out, double from_s, double until_s)
{
    html_clock(out, from_s);
    fputs("–", out);
    html_clock(out, until_s);
}

void html_duration(FILE *out, double s)
{
    if (!isfinite(s) || s < 0 || s > 1e9) {
        html_number(out, (double)NAN, 0);
        return;
    }
    long all = lround(s);
    if (all >= 3600)
        fprintf(out, "%ld\u00A0h %ld\u00A0min", all / 3600, all / 60 % 60);
    else if (all >= 60 && all % 60 > 0)
        fprintf(out, "%ld\u00A0min %ld\u00A0s", all / 60, all % 60);
    else if (all >= 60)
        fprintf(out, "%ld\u00A0min", all / 60);
    else
        fprintf(out, "%ld\u00A0s", all);
}

void html_date(FILE *out, const char *utc)
{
    static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    struct tm tm = {0};
    if (utc[0] == '\0') {
        fputs("Date not known", out);
        return;
    }
    bool reads =
        sscanf(utc, "%4d-%2d-%2dT%2d:%2d:", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min) == 5;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    struct tm day = tm;
    (void)timegm(&day); // finds the day of the week, and puts right what is no date
    if (!reads || day.tm_mday != tm.tm_mday || day.tm_mon != tm.tm_mon || day.tm_min != tm.tm_min) {
        html_foreign(out, utc);
        return;
    }
    fprintf(out, "%s %d %s %d, %02d:%02d UTC", days[day.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
            tm.tm_hour, tm.tm_min);
}

void html_name(FILE *out, const char *name)
{
    char *text = strdup(name);
    if (!text)
        return;
    text[0] = (char)toupper((unsigned char)text[0]);
    for (char *at = text; (at = strchr(at, '_')) != NULL;)
        *at = ' ';
    html_text(out, text);
    free(text);
}

void html_key_value(FILE *out, const char *key, double value)
{
    static const struct {
        const char *end, *unit;
        int decimals;
    } units[] = {{"_deg_s", " °/s", 0},     {"_deg", "°", 1},         {"_pct", " %", 0}, {"_bpm", " breaths/min", 1},
                 {"_spm", " steps/min", 1}, {"_ms", " ms", 0},        {"_mm", " mm", 0}, {"_s", " s", 1},
                 {"_g", " g", 2},           {"_per_min", " /min", 1}, {"", "", 2}};
    size_t i = 0, length = strlen(key), end;
    char name[64];
    while (end = strlen(units[i].end), length <= end || strcmp(key + length - end, units[i].end) != 0)
        if (end == 0)
            return;
        else
            i++;
    snprintf(name, sizeof name, "%.*s", (int)(length - end), key);
    html_name(out, name);
    fputs(" ", out);
    bool is_count = end == 0 && fabs(value) < 1e9 && value == floor(value);
    html_number(out, value, is_count ? 0 : units[i].decimals);
    fputs(units[i].unit, out);
}

void html_cell(FILE *out, double value, int decimals)
{
    fputs("<td>", out);
    html_number(out, value, decimals);
    fputs("</td>", out);
}

void html_cell_of(FILE *out, const json_t *object, const char *key, int decimals)
{
    html_cell(out, model_number(object, key), decimals);
}

void html_table_begin(FILE *out, const char *caption, const char *class_name, const char *const *columns)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table: ", out);
    html_text(out, caption);
    fprintf(out, "\"><table class=\"%s\"><caption>", class_name);
    html_text(out, caption);
    fputs("</caption>\n<thead><tr>", out);
    for (; *columns; columns++)
        fprintf(out, "<th scope=\"col\">%s</th>", *columns);
    fputs("</tr></thead>\n<tbody>\n", out);
}

void html_table_end(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}
