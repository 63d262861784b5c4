// SPDX-License-Identifier: GPL-3.0-or-later
// What both Markdown pages of a report, of one session and of two, are written with.
#ifndef POISE_POISECTL_REPORT_MD_H
#define POISE_POISECTL_REPORT_MD_H

#include "report_table.h"

#include <jansson.h>
#include <stdio.h>

// Text from elsewhere: no control characters, nothing that Markdown would take for its own.
void md_text(FILE *out, const char *text);
void md_list(FILE *out, const json_t *list, const char *key);  // of texts, or of {level, KEY}
const char *md_text_of(const json_t *object, const char *key); // a dash when it has none
const char *md_unit_of(const json_t *row);
int md_decimals_of(const json_t *row);
void md_cell(struct table *table, const json_t *row, const char *key, int decimals); // a number

void report_md_compare(FILE *out, const json_t *model);

#endif
