// SPDX-License-Identifier: GPL-3.0-or-later
// A subject's assessments in DIR/assessments/SUBJECT.json: {version, subject, program, assessments: [newest last:
// {utc, session, rig, exercise, outcome, rows}]}, rows as in stream `assessment`. Written aside, synced and renamed.
// Not RT-safe.
#ifndef POISE_RECORD_ASSESSMENT_STORE_H
#define POISE_RECORD_ASSESSMENT_STORE_H

#include "frames/exercise.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define ASSESSMENTS_KEPT 200
#define ASSESSMENT_PATH  1024

// One as it is kept, the caller's; NULL without memory. What still runs is said to be stopped. session may be "".
json_t *assessment_entry(const struct exercise_result *result, const char *session, const char *rig);
// Puts entry, which it takes, behind the others, or in the place of the last one (again) or of the same one, which
// began at the same time: a recording that is replayed twice. The oldest go. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int assessment_put(json_t *entries, json_t *entry, bool again);

// subject may be NULL or "": "anyone". -EINVAL: no plain name; -ENAMETOOLONG.
__attribute__((warn_unused_result)) int assessment_store_path(char path[ASSESSMENT_PATH], const char *dir,
                                                              const char *subject, char *error, size_t error_size);
// 0 and the entries, the caller's, none when there is no file; else negative errno and a sentence that names the file,
// and line or key.
__attribute__((warn_unused_result)) int assessment_store_load(json_t **entries, const char *dir, const char *subject,
                                                              char *error, size_t error_size);
__attribute__((warn_unused_result)) int assessment_store_save(const json_t *entries, const char *dir,
                                                              const char *subject, char *error, size_t error_size);
// A file that cannot be read goes aside, to SUBJECT.json.unreadable, so that it is not written over. 0 or negative
// errno.
__attribute__((warn_unused_result)) int assessment_store_set_aside(const char *dir, const char *subject);

#endif
