// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/session_store.h"

#include "core/name.h"
#include "record/session_file.h"
#include "record/state_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int locate(char path[STATE_FILE_PATH], const char *dir, const char *rig, char *error, size_t size)
{
    if (!name_is_plain(rig) || strlen(rig) >= SESSION_RIG) {
        snprintf(error, size, "rig '%.80s' is not a name; allowed: " PLAIN_NAME_ALLOWED, rig);
        return -EINVAL;
    }
    int n = snprintf(path, STATE_FILE_PATH, "%s/session/%s.json", dir, rig);
    if (n >= 0 && n < STATE_FILE_PATH)
        return 0;
    snprintf(error, size, "%.80s…: this path is too long", dir);
    return -ENAMETOOLONG;
}

int session_store_load(struct session_state *state, const char *dir, const char *rig, char *error, size_t error_size)
{
    char path[STATE_FILE_PATH], what[256] = "", found[SESSION_RIG] = "";
    struct session_state *read = malloc(sizeof *read);
    size_t size;
    int rc = locate(path, dir, rig, error, error_size);
    if (rc != 0 || !read) {
        free(read);
        return rc != 0 ? rc : -ENOMEM;
    }
    char *text = state_file_read(path, &size, &rc);
    if (text)
        rc = session_file_parse(read, found, text, size, what, sizeof what);
    if (rc == -EFBIG)
        snprintf(what, sizeof what, "is no file of a session's size");
    if (rc == 0 && strcmp(found, rig) != 0) {
        snprintf(what, sizeof what, "key 'rig': it is of rig %s", found);
        rc = -EINVAL;
    }
    if (rc == 0 && text)
        *state = *read;
    else
        snprintf(error, error_size, "%s: %s", path, what[0] != '\0' ? what : strerror(-rc));
    free(text);
    free(read);
    return rc;
}

int session_store_save(const struct session_state *state, const char *dir, const char *rig, char *error,
                       size_t error_size)
{
    char path[STATE_FILE_PATH];
    int rc = locate(path, dir, rig, error, error_size);
    if (rc != 0)
        return rc;
    char *text = state->id[0] != '\0' ? session_file_format(state, rig) : NULL;
    if (state->id[0] == '\0')
        rc = state_file_remove(path);
    else
        rc = text ? state_file_replace(path, text) : -ENOMEM;
    free(text);
    if (rc != 0)
        snprintf(error, error_size, "%s: cannot be written: %s", path, strerror(-rc));
    return rc;
}
