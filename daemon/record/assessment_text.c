// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/assessment_text.h"

#include "core/name.h"
#include "core/uuid.h"
#include "record/assessment_store.h"
#include "record/json_parts.h"
#include "record/state_file.h"
#include "record/utc_text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX  100000
#define LINE_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

static const char *const side_names[] = EXERCISE_SIDE_NAMES;

// An entry a line, from this one on.
static char *format_from(const json_t *entries, const char *subject, size_t from)
{
    char *text = NULL;
    size_t size = 0, n = json_array_size(entries);
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    fprintf(to, "{\"version\": %d, \"subject\": \"%s\", \"program\": \"poised %s\", \"assessments\": [",
            ASSESSMENTS_VERSION, subject, POISE_VERSION);
    bool good = true;
    for (size_t i = from; i < n; i++) {
        fputs(i > from ? ",\n" : "\n", to);
        good = json_dumpf(json_array_get(entries, i), to, LINE_FLAGS) == 0 && good;
    }
    fputs("\n]}\n", to);
    good = !ferror(to) && good;
    if (fclose(to) == 0 && good)
        return text;
    free(text);
    return NULL;
}

char *assessment_file_format(const json_t *entries, const char *subject)
{
    size_t n = json_array_size(entries), from = n > ASSESSMENTS_KEPT ? n - ASSESSMENTS_KEPT : 0;
    for (;;) {
        char *text = format_from(entries, subject, from);
        if (!text || strlen(text) <= STATE_FILE_MAX || from == n)
            return text;
        free(text);
        from += (n - from + 3) / 4;
    }
}

struct reading {
    char path[80]; // of the object being read, with its dot: "assessments[12].rows[1]."
    char *error;
    size_t error_size;
};

static int refuse(const struct reading *r, const char *key, const json_t *value, const char *allowed)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_t *name = json_string(key);
    char *shown = name ? json_dumps(name, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL; // whatever stands in it
    if (value)
        snprintf(r->error, r->error_size, "key %s%.60s: value %.60s; allowed: %s", r->path, shown ? shown : "?",
                 text ? text : "?", allowed);
    else
        snprintf(r->error, r->error_size, "key %s%.60s is missing; allowed: %s", r->path, shown ? shown : "?", allowed);
    json_decref(name);
    free(shown);
    free(text);
    return -EINVAL;
}

static int check_keys(const struct reading *r, const json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return refuse(r, "", object, "objects");
    json_object_foreach((json_t *)object, key, value)
    {
        int i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return refuse(r, key, value, "no such key");
    }
    return 0;
}

static int check_integer(const struct reading *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n >= 0 && n <= COUNT_MAX ? 0 : refuse(r, key, value, "integers from 0");
}

static int check_number(const struct reading *r, const json_t *value, const char *key)
{
    bool good = json_is_null(value) || (json_is_number(value) && fabs(json_number_value(value)) <= 1e6);
    return good ? 0 : refuse(r, key, value, "numbers or null");
}

static bool is_name(const json_t *value)
{
    const char *name = json_string_value(value);
    return name && strlen(name) == json_string_length(value) && strlen(name) < ASSESSMENT_SUBJECT &&
           name_is_plain(name);
}

static int check_values(const struct reading *r, const json_t *values)
{
    const char *key;
    json_t *value;
    if (!json_is_object(values) || json_object_size(values) > EXERCISE_VALUES)
        return refuse(r, "values", json_is_object(values) ? NULL : values, "an object of at most 14 numbers");
    json_object_foreach((json_t *)values, key, value)
    {
        if (strlen(key) >= ASSESSMENT_SUBJECT || !name_is_plain(key))
            return refuse(r, key, value, "keys of " PLAIN_NAME_ALLOWED);
        int rc = check_number(r, value, key);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static const struct exercise_info *find_exercise(const json_t *value)
{
    const char *name = json_string_value(value);
    for (int i = 0; name && i < N_EXERCISES; i++)
        if (strcmp(exercises[i].name, name) == 0)
            return &exercises[i];
    return NULL;
}

static bool is_part(const struct exercise_info *info, const json_t *value)
{
    const char *name = json_string_value(value);
    for (int i = 0; name && i < info->n_parts; i++)
        if (strcmp(info->part[i].name, name) == 0)
            return true;
    return false;
}

static bool is_side(const json_t *value)
{
    const char *name = json_string_value(value);
    return json_is_null(value) ||
           (name && (strcmp(name, side_names[SIDE_LEFT]) == 0 || strcmp(name, side_names[SIDE_RIGHT]) == 0));
}

static int check_row(const struct reading *r, const struct exercise_info *info, const json_t *row)
{
    static const char *const known[] = {"part",     "side",   "count",      "held",   "range_deg",
                                        "best_deg", "hold_s", "smoothness", "values", NULL};
    static const char *const counts[] = {"count", "held"};
    static const char *const numbers[] = {"range_deg", "best_deg", "hold_s", "smoothness"};
    int rc = check_keys(r, row, known);
    if (rc == 0 && !is_part(info, json_object_get(row, "part")))
        rc = refuse(r, "part", json_object_get(row, "part"), "the exercise's parts");
    if (rc == 0 && !is_side(json_object_get(row, "side")))
        rc = refuse(r, "side", json_object_get(row, "side"), "left, right or null");
    for (size_t i = 0; rc == 0 && i < sizeof counts / sizeof counts[0]; i++)
        rc = check_integer(r, row, counts[i]);
    for (size_t i = 0; rc == 0 && i < sizeof numbers / sizeof numbers[0]; i++)
        rc = check_number(r, json_object_get(row, numbers[i]), numbers[i]);
    return rc == 0 ? check_values(r, json_object_get(row, "values")) : rc;
}

static int check_head(const struct reading *r, const json_t *entry)
{
    const json_t *utc = json_object_get(entry, "utc"), *session = json_object_get(entry, "session");
    const json_t *rig = json_object_get(entry, "rig"), *outcome = json_object_get(entry, "outcome");
    const char *how = json_string_value(outcome);
    int64_t utc_ns;
    if (!json_is_null(utc) && !(json_is_string(utc) && utc_text_parse(json_string_value(utc), &utc_ns)))
        return refuse(r, "utc", utc, "a time in UTC, or null");
    if (!json_is_null(session) && !(json_is_string(session) && uuid_is_text(json_string_value(session))))
        return refuse(r, "session", session, "a UUID, or null");
    if (!is_name(rig))
        return refuse(r, "rig", rig, PLAIN_NAME_ALLOWED);
    if (!how || (strcmp(how, "done") != 0 && strcmp(how, "stopped") != 0))
        return refuse(r, "outcome", outcome, "done, stopped");
    return 0;
}

static int check_entry(struct reading *r, size_t number, const json_t *entry)
{
    static const char *const known[] = {"utc", "session", "rig", "exercise", "outcome", "rows", NULL};
    const json_t *rows = json_object_get(entry, "rows");
    const struct exercise_info *info = find_exercise(json_object_get(entry, "exercise"));
    snprintf(r->path, sizeof r->path, "assessments[%zu].", number);
    int rc = check_keys(r, entry, known);
    if (rc == 0)
        rc = check_head(r, entry);
    if (rc == 0 && !info)
        rc = refuse(r, "exercise", json_object_get(entry, "exercise"), "exercises of this version");
    if (rc == 0 && (!json_is_array(rows) || json_array_size(rows) > EXERCISE_ROWS))
        rc = refuse(r, "rows", json_is_array(rows) ? NULL : rows, "a list of at most 8");
    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        snprintf(r->path, sizeof r->path, "assessments[%zu].rows[%zu].", number, i);
        rc = check_row(r, info, json_array_get(rows, i));
    }
    return rc;
}

static int check_file(struct reading *r, const json_t *object)
{
    static const char *const known[] = {"version", "subject", "program", "assessments", NULL};
    const json_t *version = json_object_get(object, "version"), *list = json_object_get(object, "assessments");
    int rc = check_keys(r, object, known);
    if (rc == 0 && (!json_is_integer(version) || json_integer_value(version) != ASSESSMENTS_VERSION))
        rc = refuse(r, "version", version, "1");
    if (rc == 0 && !is_name(json_object_get(object, "subject")))
        rc = refuse(r, "subject", json_object_get(object, "subject"), PLAIN_NAME_ALLOWED);
    if (rc == 0 && !json_is_string(json_object_get(object, "program")))
        rc = refuse(r, "program", json_object_get(object, "program"), "texts");
    if (rc == 0 && (!json_is_array(list) || json_array_size(list) > ASSESSMENTS_KEPT))
        rc = refuse(r, "assessments", json_is_array(list) ? NULL : list, "a list of at most 200");
    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
        rc = check_entry(r, i, json_array_get(list, i));
    return rc;
}

json_t *assessment_file_parse(char subject[ASSESSMENT_SUBJECT], const char *text, size_t size, char *error,
                              size_t error_size)
{
    struct reading reading = {.error = error, .error_size = error_size};
    json_error_t where;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where), *list = NULL;
    if (!object) {
        snprintf(error, error_size, "line %d: %s", where.line, where.text);
        return NULL;
    }
    if (check_file(&reading, object) == 0) {
        const char *name = json_string_value(json_object_get(object, "subject"));
        memcpy(subject, name, strlen(name) + 1);
        list = json_incref(json_object_get(object, "assessments"));
    }
    json_decref(object);
    return list;
}
