// SPDX-License-Identifier: GPL-3.0-or-later
// A table in Markdown with even columns: cells row by row, then all at once. What a cell must not hold (control
// characters, bars) is made harmless. A column whose cells all begin like numbers is set to the right.
#ifndef POISE_POISECTL_REPORT_TABLE_H
#define POISE_POISECTL_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table {
    char **cell; // [n], the heading first
    size_t n, capacity, columns;
    bool failed; // no memory: nothing is written
};

void table_begin(struct table *table, const char *heading); // names with bars between
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_end(struct table *table, FILE *out); // and a blank line; nothing without rows. Frees

#endif
