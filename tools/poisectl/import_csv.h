// SPDX-License-Identifier: GPL-3.0-or-later
// A table of numbers, row by row: comma, semicolon or tab between cells, names in the first line (columns are called
// 1, 2, … when the first line is numbers already), "-" is standard input, .xz goes through `xz -dc`. One row in memory.
#ifndef POISE_POISECTL_IMPORT_CSV_H
#define POISE_POISECTL_IMPORT_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct csv;

#define CSV_ERROR 512

// 0 or negative errno with a sentence in error [CSV_ERROR]; so for all that follow.
__attribute__((warn_unused_result)) int csv_open(struct csv **out, const char *path, char *error);
// 1: a row. 0: end.
__attribute__((warn_unused_result)) int csv_next(struct csv *csv, char *error);
int csv_column(const struct csv *csv, const char *name); // -1: no such column
// The names, cut to size, for messages.
void csv_list_columns(const struct csv *csv, char *text, size_t size);
// A cell of the row; empty, "nan", "NA" and infinities are NaN. -EBADMSG: no such cell, or no number.
__attribute__((warn_unused_result)) int csv_number(const struct csv *csv, int column, double *value, char *error);
unsigned long long csv_line(const struct csv *csv); // of the row, from 1
void csv_close(struct csv *csv);                    // accepts NULL

#endif
