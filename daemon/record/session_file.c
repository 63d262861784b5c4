// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/session_file.h"

#include "core/name.h"
#include "core/uuid.h"
#include "record/json_parts.h"
#include "record/utc_text.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *time_of(int64_t utc_ns)
{
    char text[UTC_TEXT];
    utc_text_format(utc_ns, text);
    return json_string(text);
}

static json_t *marks_of(const struct session_state *state)
{
    json_t *marks = json_array();
    for (uint32_t i = 0; i < session_marks_kept(state); i++)
        json_array_append_new(
            marks, json_pack("{s:o, s:s}", "utc", time_of(state->mark[i].utc_ns), "text", state->mark[i].text));
    return marks;
}

char *session_file_format(const struct session_state *state, const char *rig)
{
    json_t *speed = json_of_real(state->speed_m_s);
    json_t *object = json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:o}", "version", SESSION_VERSION, "rig", rig,
                               "program", "poised " POISE_VERSION, "session", state->id, "subject",
                               text_or_null(state->subject), "since", time_of(state->since_utc_ns), "speed_m_s", speed,
                               "n_marks", (json_int_t)state->n_marks, "marks", marks_of(state));
    return json_file_text(object);
}

struct reading {
    char *error;
    size_t size;
};

static int refuse(const struct reading *r, const char *key, const json_t *value, const char *allowed)
{
    char *shown = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (value)
        snprintf(r->error, r->size, "key '%.40s': value %.60s is wrong; allowed: %s", key, shown ? shown : "", allowed);
    else
        snprintf(r->error, r->size, "key '%.40s' is missing", key);
    free(shown);
    return -EINVAL;
}

static int check_keys(const struct reading *r, const json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        int i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (known[i])
            continue;
        char shown[44];
        size_t n = 0;
        for (; key[n] != '\0' && n < sizeof shown - 1; n++)
            shown[n] = key[n] >= ' ' && key[n] < 0x7f ? key[n] : '?';
        shown[n] = '\0';
        snprintf(r->error, r->size, "key '%s' is not known", shown);
        return -EINVAL;
    }
    return 0;
}

static int read_name(const struct reading *r, const json_t *object, const char *key, bool nullable, char *to,
                     size_t size)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    to[0] = '\0';
    if (nullable && json_is_null(value))
        return 0;
    if (!text || strlen(text) != json_string_length(value) || strlen(text) >= size || !name_is_plain(text))
        return refuse(r, key, value, PLAIN_NAME_ALLOWED);
    memcpy(to, text, strlen(text) + 1);
    return 0;
}

static int read_time(const struct reading *r, const json_t *object, const char *key, int64_t *utc_ns)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (text && utc_text_parse(text, utc_ns) && *utc_ns != UTC_UNKNOWN_NS)
        return 0;
    return refuse(r, key, value, "RFC 3339 in UTC");
}

static int read_mark(const struct reading *r, const json_t *object, struct session_mark *mark)
{
    static const char *const known[] = {"utc", "text", NULL};
    const json_t *value = json_object_get(object, "text");
    const char *text = json_string_value(value);
    size_t n = text ? json_string_length(value) : 0;
    if (!json_is_object(object))
        return refuse(r, "marks", object, "objects with utc and text");
    int rc = check_keys(r, object, known);
    if (rc == 0)
        rc = read_time(r, object, "utc", &mark->utc_ns);
    if (rc != 0)
        return rc;
    bool plain = n > 0 && n < COMMAND_TEXT;
    for (size_t i = 0; plain && i < n; i++)
        plain = (unsigned char)text[i] >= ' ' && text[i] != 0x7f;
    if (!plain)
        return refuse(r, "text", value, "1 to 95 bytes without control characters");
    memcpy(mark->text, text, n + 1);
    return 0;
}

static int read_marks(const struct reading *r, const json_t *object, struct session_state *state)
{
    const json_t *marks = json_object_get(object, "marks"), *count = json_object_get(object, "n_marks");
    json_int_t n = json_integer_value(count);
    if (!json_is_integer(count) || n < 0 || n > UINT32_MAX)
        return refuse(r, "n_marks", count, "0 or more");
    state->n_marks = (uint32_t)n;
    if (!json_is_array(marks) || json_array_size(marks) != session_marks_kept(state))
        return refuse(r, "marks", marks, "a list of the last n_marks, at most 256");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(marks); i++)
        rc = read_mark(r, json_array_get(marks, i), &state->mark[i]);
    return rc;
}

static int read_all(const struct reading *r, const json_t *object, struct session_state *state, char rig[SESSION_RIG])
{
    static const char *const known[] = {"version", "rig",       "program", "session", "subject",
                                        "since",   "speed_m_s", "n_marks", "marks",   NULL};
    const json_t *version = json_object_get(object, "version"), *id = json_object_get(object, "session");
    const json_t *speed = json_object_get(object, "speed_m_s");
    if (!json_is_integer(version) || json_integer_value(version) != SESSION_VERSION)
        return refuse(r, "version", version, "1; another version of Poise wrote this file");
    int rc = check_keys(r, object, known);
    if (rc == 0)
        rc = read_name(r, object, "rig", false, rig, SESSION_RIG);
    if (rc == 0 && (!json_is_string(id) || !uuid_is_text(json_string_value(id))))
        rc = refuse(r, "session", id, "a UUID in lower case");
    if (rc == 0)
        memcpy(state->id, json_string_value(id), SESSION_ID);
    if (rc == 0)
        rc = read_name(r, object, "subject", true, state->subject, sizeof state->subject);
    if (rc == 0)
        rc = read_time(r, object, "since", &state->since_utc_ns);
    state->speed_m_s = json_is_null(speed) ? (double)NAN : json_number_value(speed);
    if (rc == 0 && !json_is_null(speed) &&
        !(json_is_number(speed) && state->speed_m_s >= 0 && state->speed_m_s <= SESSION_SPEED_LIMIT))
        rc = refuse(r, "speed_m_s", speed, "0 to 100, or null");
    return rc == 0 ? read_marks(r, object, state) : rc;
}

int session_file_parse(struct session_state *state, char rig[SESSION_RIG], const char *text, size_t size, char *error,
                       size_t error_size)
{
    const struct reading r = {error, error_size};
    json_error_t where;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    struct session_state *read = calloc(1, sizeof *read);
    int rc = 0;
    if (!object) {
        snprintf(error, error_size, "line %d: %s", where.line, where.text);
        rc = -EINVAL;
    } else if (!json_is_object(object) || !read) {
        snprintf(error, error_size, read ? "is no JSON object" : "no memory");
        rc = -EINVAL;
    }
    if (rc == 0)
        rc = read_all(&r, object, read, rig);
    if (rc == 0)
        *state = *read;
    free(read);
    json_decref(object);
    return rc;
}
