// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/calibration_store.h"

#include "record/calibration_file.h"
#include "record/state_file.h"
#include "record/state_owner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CALIBRATION_OWNER == STATE_OWNER, "names of the same length");

// Whose calibration it is, and the path it is kept at.
static int locate(struct calibration_owner *owner, char path[CALIBRATION_PATH], const char *dir, const char *subject,
                  const char *rig, char *error, size_t error_size)
{
    char file[2 * STATE_OWNER];
    int rc = state_owner_check("subject", state_owner(subject), error, error_size);
    if (rc == 0)
        rc = state_owner_check("rig", rig, error, error_size);
    if (rc != 0)
        return rc;
    snprintf(owner->subject, sizeof owner->subject, "%s", state_owner(subject));
    snprintf(owner->rig, sizeof owner->rig, "%s", rig);
    snprintf(file, sizeof file, "%s@%s", owner->subject, owner->rig);
    return state_path(path, CALIBRATION_PATH, dir, "calibration", file, error, error_size);
}

int calibration_store_path(char path[CALIBRATION_PATH], const char *dir, const char *subject, const char *rig,
                           char *error, size_t error_size)
{
    struct calibration_owner owner;
    return locate(&owner, path, dir, subject, rig, error, error_size);
}

static int parse(struct calibration *calibration, const struct calibration_owner *owner, const char *text, size_t size,
                 char *what, size_t what_size)
{
    struct calibration read;
    struct calibration_owner found;
    int rc = calibration_file_parse(&read, &found, text, size, what, what_size);
    if (rc != 0)
        return rc;
    if (strcmp(found.subject, owner->subject) != 0 || strcmp(found.rig, owner->rig) != 0) {
        snprintf(what, what_size, "keys 'subject' and 'rig': it is of subject %s on rig %s", found.subject, found.rig);
        return -EINVAL;
    }
    *calibration = read;
    return 0;
}

int calibration_store_load(struct calibration *calibration, const char *dir, const char *subject, const char *rig,
                           char *error, size_t error_size)
{
    struct calibration_owner owner;
    char path[CALIBRATION_PATH], what[256] = "";
    int rc = locate(&owner, path, dir, subject, rig, error, error_size);
    if (rc != 0)
        return rc;
    size_t size;
    char *text = state_file_read(path, &size, &rc);
    if (text)
        rc = parse(calibration, &owner, text, size, what, sizeof what);
    free(text);
    if (rc == -EFBIG)
        snprintf(what, sizeof what, "is no file of a calibration's size");
    if (rc != 0)
        snprintf(error, error_size, "%s: %s", path, what[0] != '\0' ? what : strerror(-rc));
    return rc;
}

int calibration_store_save(const struct calibration *calibration, const char *dir, const char *subject, const char *rig,
                           char *error, size_t error_size)
{
    struct calibration_owner owner;
    struct calibration again;
    char path[CALIBRATION_PATH], what[256] = "";
    int rc = locate(&owner, path, dir, subject, rig, error, error_size);
    if (rc != 0)
        return rc;
    char *text = calibration_file_format(calibration, &owner);
    rc = text ? parse(&again, &owner, text, strlen(text), what, sizeof what) : -ENOMEM;
    if (rc == 0)
        rc = state_file_replace(path, text);
    free(text);
    if (rc != 0)
        snprintf(error, error_size, "%s: cannot be written: %s", path, what[0] != '\0' ? what : strerror(-rc));
    return rc;
}
