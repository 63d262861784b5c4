// SPDX-License-Identifier: GPL-3.0-or-later
// What a recording says of itself as JSON: whose, when, which sensors, which settings. For about.json and, in other
// formats, their own places.
#ifndef POISE_POISECTL_EXPORT_ABOUT_H
#define POISE_POISECTL_EXPORT_ABOUT_H

#include "export.h"

#include <jansson.h>

json_t *export_about(const struct export_job *job); // NULL without memory
json_t *export_about_source(const struct export_source *source);
// Text from a device or file: bytes that JSON cannot hold become '?'; "" becomes null.
json_t *export_text(const char *text);
// Writes and closes file. 0 or negative errno.
__attribute__((warn_unused_result)) int export_write_json(struct export_job *job, const char *name, bool replace,
                                                          json_t *object); // takes object over

#endif
