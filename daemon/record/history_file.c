// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/history_file.h"

#include "core/name.h"
#include "record/history_text.h"
#include "record/json_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char *history_file_format(const struct runner_history *history, const char *subject)
{
    json_t *object = json_pack("{s:i, s:s, s:s}", "version", HISTORY_VERSION, "subject", subject, "program",
                               "poised " POISE_VERSION);
    json_t *what = history_object(history);
    if (!object || !what || json_object_update(object, what) != 0) { // what is there keeps its place
        json_decref(object);
        object = NULL;
    }
    json_decref(what);
    return json_file_text(object);
}

int history_file_parse(struct runner_history *history, char subject[HISTORY_SUBJECT], const char *text, size_t size,
                       char *error, size_t error_size)
{
    static const char *const besides[] = {"subject", "program", NULL};
    json_error_t where;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (!object) {
        snprintf(error, error_size, "line %d: %s", where.line, where.text);
        return -EINVAL;
    }
    const json_t *value = json_object_get(object, "subject");
    const char *name = json_string_value(value);
    int rc = 0;
    if (!name || strlen(name) != json_string_length(value) || strlen(name) >= HISTORY_SUBJECT || !name_is_plain(name)) {
        snprintf(error, error_size, "key 'subject' is missing or no name; allowed: " PLAIN_NAME_ALLOWED);
        rc = -EINVAL;
    } else if (!json_is_string(json_object_get(object, "program"))) {
        snprintf(error, error_size, "key 'program' is missing or no text");
        rc = -EINVAL;
    }
    if (rc == 0)
        rc = history_read(history, object, besides, error, error_size);
    if (rc == 0)
        memcpy(subject, name, strlen(name) + 1);
    json_decref(object);
    return rc;
}
