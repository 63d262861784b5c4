// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_table.h"

#include "core/utf8.h"
#include "report_data.h"
#include "safe_text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 16

// text without bars and control characters; NULL without memory.
static char *harmless(const char *text)
{
    char *safe = safe_text(text);
    char *out = safe ? malloc(2 * strlen(safe) + 1) : NULL, *at = out;
    for (const char *c = safe; out && *c; c++) {
        if (strchr("\\`*_<>[]|#", *c))
            *at++ = '\\';
        *at++ = *c;
    }
    if (out)
        *at = '\0';
    free(safe);
    return out;
}

static void add(struct table *table, const char *text)
{
    char *copy = harmless(text);
    if (copy && report_grow(&table->cell, &table->capacity, table->n, sizeof *table->cell)) {
        table->cell[table->n++] = copy;
        return;
    }
    free(copy);
    table->failed = true;
}

void table_begin(struct table *table, const char *heading)
{
    *table = (struct table){0};
    for (const char *at = heading;; at++) {
        char name[64];
        size_t n = strcspn(at, "|");
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        add(table, name);
        table->columns++;
        at += n;
        if (*at == '\0' || table->columns == COLUMNS_MAX)
            return;
    }
}

void table_cell(struct table *table, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(table, text);
}

static size_t width_of(const char *text)
{
    size_t n = 0;
    for (size_t length; *text; text += length > 0 ? length : 1, n++)
        length = utf8_length(text);
    return n;
}

static bool is_numeric(const struct table *table, size_t column)
{
    bool any = false;
    for (size_t i = table->columns + column; i < table->n; i += table->columns) {
        const char *c = table->cell[i];
        bool digit = isdigit((unsigned char)c[0]) || (c[0] == '-' && isdigit((unsigned char)c[1]));
        if (!digit && strcmp(c, "–") != 0 && c[0] != '\0')
            return false;
        any = any || digit;
    }
    return any;
}

static void write_row(const struct table *table, size_t first, const size_t *width, const bool *right, FILE *out)
{
    for (size_t c = 0; c < table->columns; c++) {
        const char *text = table->cell[first + c];
        int pad = (int)(width[c] - width_of(text));
        fprintf(out, "| %*s%s%*s ", right[c] ? pad : 0, "", text, right[c] ? 0 : pad, "");
    }
    fputs("|\n", out);
}

void table_end(struct table *table, FILE *out)
{
    size_t width[COLUMNS_MAX] = {0};
    bool right[COLUMNS_MAX];
    for (size_t i = 0; i < table->n; i++) {
        size_t n = width_of(table->cell[i]), c = i % table->columns;
        width[c] = n > width[c] ? n : width[c];
    }
    for (size_t c = 0; c < table->columns; c++)
        right[c] = is_numeric(table, c);
    for (size_t i = 0; !table->failed && table->n > table->columns && i + table->columns <= table->n;
         i += table->columns) {
        write_row(table, i, width, right, out);
        for (size_t c = 0; i == 0 && c < table->columns; c++) {
            fputs(c == 0 ? "|" : "", out);
            for (size_t k = 0; k < width[c] + 1; k++)
                fputc('-', out);
            fputs(right[c] ? ":|" : "-|", out);
        }
        fputs(i == 0 ? "\n" : "", out);
    }
    if (!table->failed && table->n > table->columns)
        fputc('\n', out);
    for (size_t i = 0; i < table->n; i++)
        free(table->cell[i]);
    free(table->cell);
}
