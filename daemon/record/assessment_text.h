// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a subject's assessments: JSON, whose they are and, newest last, what each measured. What runs is written
// as stopped, which it is if nothing follows. Reading trusts nothing: version, names, ranges, keys that are not known
// or there twice. Private to record/, its store and its fuzz target. Not RT-safe.
#ifndef POISE_RECORD_ASSESSMENT_TEXT_H
#define POISE_RECORD_ASSESSMENT_TEXT_H

#include "frames/exercise.h"

#include <jansson.h>
#include <stddef.h>

#define ASSESSMENTS_VERSION 1
#define ASSESSMENT_SUBJECT  64

// The file's text of entries as assessment_entry() makes them; of too many the oldest are left out. To be freed; NULL
// without memory.
char *assessment_file_format(const json_t *entries, const char *subject);
// The entries, the caller's; NULL and in error a sentence that names line or key.
json_t *assessment_file_parse(char subject[ASSESSMENT_SUBJECT], const char *text, size_t size, char *error,
                              size_t error_size);

#endif
