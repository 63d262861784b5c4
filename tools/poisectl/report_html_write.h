// SPDX-License-Identifier: GPL-3.0-or-later
// The small words of the report's HTML: everything that comes from a model passes here and is escaped, numbers look the
// same everywhere, what is not known is a dash.
#ifndef POISE_POISECTL_REPORT_HTML_WRITE_H
#define POISE_POISECTL_REPORT_HTML_WRITE_H

#include <jansson.h>
#include <stdio.h>

// NULL-safe; "" when the key is missing or no text.
const char *model_text(const json_t *object, const char *key);
double model_number(const json_t *object, const char *key); // NaN when it is null or missing
int model_decimals(const json_t *object);                   // as published, of angles one at most
// As many as a reader needs of one value: of what is 10 or more whole ms and mm,
// else one decimal at most.
int figure_decimals(const json_t *object, double value);

// Escaped for text and for quoted attributes; control characters become U+FFFD.
void html_text(FILE *out, const char *text);
// What a person typed: also kept from turning round the direction of its neighbours.
void html_foreign(FILE *out, const char *text);
void html_number(FILE *out, double value, int decimals);
void html_signed(FILE *out, double value, int decimals);
void html_unit(FILE *out, const json_t *object);      // behind its number; "deg" as °, nothing without one
void html_unit_name(FILE *out, const json_t *object); // behind a title
// Seconds since the begin as 4:05 or 1:04:05.
void html_clock(FILE *out, double s);
void html_span(FILE *out, double from_s, double until_s);
// A length of time as "31 min 20 s".
void html_duration(FILE *out, double s);
// RFC 3339 as "Saturday 21 November 2026, 14:03 UTC"; other text as it is; "Date not known" for none.
void html_date(FILE *out, const char *utc);
// A name as published for people: "thoracic_rotation" as "Thoracic rotation".
void html_name(FILE *out, const char *name);

// "hold_s" and 12.3 as "Hold 12.3 s": a key that ends in its unit.
void html_key_value(FILE *out, const char *key, double value);

// A table cell of a number, and of a number under a key.
void html_cell(FILE *out, double value, int decimals);
void html_cell_of(FILE *out, const json_t *object, const char *key, int decimals);
// A table that may be wider than the page is scrolled in its own box, reached by keyboard; columns are header cells.
void html_table_begin(FILE *out, const char *caption, const char *class_name, const char *const *columns);
void html_table_end(FILE *out);

#endif
