// SPDX-License-Identifier: GPL-3.0-or-later
// What the pages of a report are written from, and what they share. A model is that of docs/report.md: of one session
// (key `report`) or of two (key `compare`).
#ifndef POISE_POISECTL_REPORT_PRIVATE_H
#define POISE_POISECTL_REPORT_PRIVATE_H

#include <jansson.h>
#include <stdio.h>

struct report_view;

json_t *report_model(const struct report_view *view);     // new, NULL without memory
json_t *report_compare(const json_t *a, const json_t *b); // of two models of one session

// A page of either model. 0 or negative errno. report_html.h has the other one.
__attribute__((warn_unused_result)) int report_markdown(FILE *out, const json_t *model);

#define REPORT_CLOCK  24
#define REPORT_FIGURE 64
void report_clock(double seconds, char text[REPORT_CLOCK]); // "7:05", "1:02:03"
// "13.6°", "166 steps/min", "not known"; unit may be NULL.
void report_figure(const json_t *value, const char *unit, int decimals, char text[REPORT_FIGURE]);

#endif
