// SPDX-License-Identifier: GPL-3.0-or-later
// One published object as one line for a person.
#ifndef POISE_POISECTL_LINE_H
#define POISE_POISECTL_LINE_H

#include <jansson.h>
#include <stdio.h>

void line_print(FILE *to, const json_t *object);

// The number under key, NaN when it is null or missing.
double line_number(const json_t *object, const char *key);
// The text under key made safe and cut to fit; "-" when it is null or missing.
const char *line_text(const json_t *object, const char *key, char *buffer, size_t size);
// "%.*f", or "-" when value is NaN.
const char *line_value(double value, int decimals, char buffer[32]);

#endif
