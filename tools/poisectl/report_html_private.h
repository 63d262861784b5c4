// SPDX-License-Identifier: GPL-3.0-or-later
// Between the files that write the report's page: one function for each of its parts, in the page's order. A part
// without content writes nothing.
#ifndef POISE_POISECTL_REPORT_HTML_PRIVATE_H
#define POISE_POISECTL_REPORT_HTML_PRIVATE_H

#include "report_plot.h"

#include <jansson.h>
#include <stdio.h>

void html_section(FILE *out, const char *id, const char *title);
// good, fair or poor; ok, notice, warn or unknown (and any other): a sign and a word, so that colour alone tells
// nothing. word: NULL for the level's own.
void html_level(FILE *out, const char *level, const char *word);
const char *html_level_word(const char *level); // one of the above
// Its word is only heard.
void html_sign(FILE *out, const char *level);

void html_trust(FILE *out, const json_t *model);
void html_summary(FILE *out, const json_t *model);
void html_findings(FILE *out, const json_t *model);
void html_timeline(FILE *out, const json_t *model, const struct report_plots *plots);
void html_breathing_ratio(FILE *out, const json_t *model, const struct report_plots *plots);
void html_left_right(FILE *out, const json_t *model);
void html_drift(FILE *out, const json_t *model);
void html_assessments(FILE *out, const json_t *model, const struct report_plots *plots);
void html_metrics(FILE *out, const json_t *model);
void html_sensors(FILE *out, const json_t *model);
void html_source(FILE *out, const json_t *model);

void html_compare(FILE *out, const json_t *model);

#endif
