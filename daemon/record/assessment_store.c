// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/assessment_store.h"

#include "core/uuid.h"
#include "frames/log_event.h"
#include "record/assessment_text.h"
#include "record/state_file.h"
#include "record/state_owner.h"
#include "record/utc_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(ASSESSMENT_SUBJECT == STATE_OWNER, "names of the same length");

static const char *const side_names[] = EXERCISE_SIDE_NAMES;

// To the fourth decimal: finer than any of it is known.
static json_t *rounded(float value)
{
    return isfinite(value) && fabsf(value) <= 1e6F ? json_real(round((double)value * 1e4) / 1e4) : json_null();
}

static json_t *row_object(const struct exercise_info *info, const struct exercise_row *row)
{
    bool sided = row->side == SIDE_LEFT || row->side == SIDE_RIGHT;
    json_t *values = json_object();
    for (int i = 0; i < row->n_values; i++)
        json_object_set_new(values, row->value[i].key, rounded(row->value[i].value));
    return json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "part", info->part[row->part].name, "side",
                     sided ? json_string(side_names[row->side]) : json_null(), "count", row->count, "held", row->held,
                     "range_deg", rounded(row->range_deg), "best_deg", rounded(row->best_deg), "hold_s",
                     rounded(row->hold_s), "smoothness", rounded(row->smoothness), "values", values);
}

json_t *assessment_entry(const struct exercise_result *result, const char *session, const char *rig)
{
    const struct exercise_info *info = &exercises[result->exercise];
    char utc[UTC_TEXT] = "";
    bool known = result->begun_utc_ns != UTC_UNKNOWN_NS;
    if (known)
        utc_text_format(result->begun_utc_ns, utc);
    json_t *rows = json_array();
    for (int i = 0; i < result->n_rows; i++)
        json_array_append_new(rows, row_object(info, &result->row[i]));
    return json_pack("{s:o, s:o, s:s, s:s, s:s, s:o}", "utc", known ? json_string(utc) : json_null(), "session",
                     session[0] != '\0' ? json_string(session) : json_null(), "rig", rig, "exercise", info->name,
                     "outcome", result->outcome == ASSESS_DONE ? "done" : "stopped", "rows", rows);
}

static bool is_same(const json_t *a, const json_t *b)
{
    return json_is_string(json_object_get(a, "utc")) &&
           json_equal(json_object_get(a, "utc"), json_object_get(b, "utc")) &&
           json_equal(json_object_get(a, "exercise"), json_object_get(b, "exercise"));
}

int assessment_put(json_t *entries, json_t *entry, bool again)
{
    size_t n = json_array_size(entries), at = again && n > 0 ? n - 1 : 0;
    while (!(again && n > 0) && at < n && !is_same(json_array_get(entries, at), entry))
        at++;
    int rc = at < n ? json_array_set_new(entries, at, entry) : json_array_append_new(entries, entry);
    while (json_array_size(entries) > ASSESSMENTS_KEPT)
        json_array_remove(entries, 0);
    return rc == 0 ? 0 : -ENOMEM;
}

int assessment_store_path(char path[ASSESSMENT_PATH], const char *dir, const char *subject, char *error,
                          size_t error_size)
{
    return state_path_of(path, ASSESSMENT_PATH, dir, "assessments", subject, error, error_size);
}

int assessment_store_load(json_t **entries, const char *dir, const char *subject, char *error, size_t error_size)
{
    char path[ASSESSMENT_PATH], what[256] = "", found[ASSESSMENT_SUBJECT] = "";
    *entries = NULL;
    int rc = assessment_store_path(path, dir, subject, error, error_size);
    if (rc != 0)
        return rc;
    size_t size;
    char *text = state_file_read(path, &size, &rc);
    if (!text && rc == -ENOENT) {
        *entries = json_array();
        return *entries ? 0 : -ENOMEM;
    }
    if (text && !(*entries = assessment_file_parse(found, text, size, what, sizeof what)))
        rc = -EINVAL;
    free(text);
    if (rc == -EFBIG)
        snprintf(what, sizeof what, "is no file of assessments' size");
    if (rc == 0)
        rc = state_owner_is(found, subject, what, sizeof what);
    if (rc != 0) {
        json_decref(*entries);
        *entries = NULL;
        snprintf(error, error_size, "%s: %s", path, what[0] != '\0' ? what : strerror(-rc));
    }
    return rc;
}

int assessment_store_save(const json_t *entries, const char *dir, const char *subject, char *error, size_t error_size)
{
    char path[ASSESSMENT_PATH], what[256] = "", found[ASSESSMENT_SUBJECT];
    int rc = assessment_store_path(path, dir, subject, error, error_size);
    if (rc != 0)
        return rc;
    char *text = assessment_file_format(entries, state_owner(subject));
    // What could not be loaded again is refused.
    json_t *again = text ? assessment_file_parse(found, text, strlen(text), what, sizeof what) : NULL;
    rc = !text ? -ENOMEM : again ? state_file_replace(path, text) : -EINVAL;
    json_decref(again);
    free(text);
    if (rc != 0)
        snprintf(error, error_size, "%s: cannot be written: %s", path, what[0] != '\0' ? what : strerror(-rc));
    return rc;
}

int assessment_store_set_aside(const char *dir, const char *subject)
{
    char path[ASSESSMENT_PATH], aside[ASSESSMENT_PATH + 16], error[256];
    int rc = assessment_store_path(path, dir, subject, error, sizeof error);
    if (rc != 0)
        return rc;
    snprintf(aside, sizeof aside, "%s.unreadable", path);
    return rename(path, aside) == 0 ? 0 : -errno;
}
