// SPDX-License-Identifier: GPL-3.0-or-later
// JSON as recordings and state files have it. The caller owns what is returned; NULL: no memory.
#ifndef POISE_RECORD_JSON_PARTS_H
#define POISE_RECORD_JSON_PARTS_H

#include <jansson.h>

json_t *json_of_real(double value);     // null for what is not finite
json_t *json_of_text(const char *text); // what is not UTF-8 becomes '?': a file must not fail over a byte
// The object indented, ended by a line feed; to be freed. Takes the object, NULL too.
char *json_file_text(json_t *object);

#endif
