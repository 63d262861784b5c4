// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/history_store.h"

#include "record/history_file.h"
#include "record/state_file.h"
#include "record/state_owner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(HISTORY_SUBJECT == STATE_OWNER, "names of the same length");

int history_store_path(char path[HISTORY_PATH], const char *dir, const char *subject, char *error, size_t error_size)
{
    return state_path_of(path, HISTORY_PATH, dir, "history", subject, error, error_size);
}

int history_store_load(struct runner_history *history, const char *dir, const char *subject, char *error,
                       size_t error_size)
{
    char path[HISTORY_PATH], what[256] = "", found[HISTORY_SUBJECT];
    int rc = history_store_path(path, dir, subject, error, error_size);
    struct runner_history *read = calloc(1, sizeof *read);
    if (rc != 0 || !read) {
        free(read);
        return rc != 0 ? rc : -ENOMEM;
    }
    size_t size;
    char *text = state_file_read(path, &size, &rc);
    if (text)
        rc = history_file_parse(read, found, text, size, what, sizeof what);
    free(text);
    if (rc == -EFBIG)
        snprintf(what, sizeof what, "is no file of a history's size");
    if (rc == 0)
        rc = state_owner_is(found, subject, what, sizeof what);
    if (rc == 0)
        *history = *read;
    else
        snprintf(error, error_size, "%s: %s", path, what[0] != '\0' ? what : strerror(-rc));
    free(read);
    return rc;
}

int history_store_save(const struct runner_history *history, const char *dir, const char *subject, char *error,
                       size_t error_size)
{
    char path[HISTORY_PATH], what[256] = "", found[HISTORY_SUBJECT];
    int rc = history_store_path(path, dir, subject, error, error_size);
    struct runner_history *again = malloc(sizeof *again);
    if (rc != 0 || !again) {
        free(again);
        return rc != 0 ? rc : -ENOMEM;
    }
    char *text = history_file_format(history, state_owner(subject));
    // What could not be loaded again is refused.
    rc = text ? history_file_parse(again, found, text, strlen(text), what, sizeof what) : -ENOMEM;
    if (rc == 0)
        rc = state_file_replace(path, text);
    free(text);
    free(again);
    if (rc != 0)
        snprintf(error, error_size, "%s: cannot be written: %s", path, what[0] != '\0' ? what : strerror(-rc));
    return rc;
}
