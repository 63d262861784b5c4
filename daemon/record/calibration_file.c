// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/calibration_file.h"

#include "core/name.h"
#include "record/calibration_store.h"
#include "record/calibration_text.h"
#include "record/json_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char *calibration_file_format(const struct calibration *calibration, const struct calibration_owner *owner)
{
    json_t *object = json_pack("{s:i, s:s, s:s, s:s}", "version", CALIBRATION_VERSION, "subject", owner->subject, "rig",
                               owner->rig, "program", "poised " POISE_VERSION);
    json_t *what = calibration_object(calibration);
    if (!object || !what || json_object_update(object, what) != 0) { // what is there keeps its place
        json_decref(object);
        object = NULL;
    }
    json_decref(what);
    return json_file_text(object);
}

static int read_name(const json_t *object, const char *key, char name[CALIBRATION_OWNER], char *error, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text && name_is_plain(text) && strlen(text) < CALIBRATION_OWNER) {
        memcpy(name, text, strlen(text) + 1);
        return 0;
    }
    snprintf(error, size, "key '%s': value '%.60s' is not a name; allowed: " PLAIN_NAME_ALLOWED, key, text ? text : "");
    return -EINVAL;
}

int calibration_file_parse(struct calibration *calibration, struct calibration_owner *owner, const char *text,
                           size_t size, char *error, size_t error_size)
{
    static const char *const own[] = {"subject", "rig", "program", NULL};
    json_error_t where;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (!object) {
        snprintf(error, error_size, "line %d: %s", where.line, where.text);
        return -EINVAL;
    }
    struct calibration_owner read;
    int rc = calibration_read(calibration, object, own, error, error_size);
    if (rc == 0)
        rc = read_name(object, "subject", read.subject, error, error_size);
    if (rc == 0)
        rc = read_name(object, "rig", read.rig, error, error_size);
    if (rc == 0 && !json_is_string(json_object_get(object, "program"))) {
        snprintf(error, error_size, "key 'program' is missing or no text");
        rc = -EINVAL;
    }
    if (rc == 0)
        *owner = read;
    json_decref(object);
    return rc;
}
