// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/state_owner.h"

#include "core/name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANYONE "anyone"

const char *state_owner(const char *subject)
{
    return subject && subject[0] != '\0' ? subject : ANYONE;
}

int state_owner_check(const char *what, const char *name, char *error, size_t size)
{
    if (name_is_plain(name) && strlen(name) < STATE_OWNER)
        return 0;
    snprintf(error, size, "%s '%.80s' is not a name; allowed: " PLAIN_NAME_ALLOWED, what, name);
    return -EINVAL;
}

int state_path(char *path, size_t path_size, const char *dir, const char *folder, const char *file, char *error,
               size_t error_size)
{
    int n = snprintf(path, path_size, "%s/%s/%s.json", dir, folder, file);
    if (n >= 0 && (size_t)n < path_size)
        return 0;
    snprintf(error, error_size, "%.80s…: this path is too long", dir);
    return -ENAMETOOLONG;
}

int state_path_of(char *path, size_t path_size, const char *dir, const char *folder, const char *subject, char *error,
                  size_t error_size)
{
    int rc = state_owner_check("subject", state_owner(subject), error, error_size);
    return rc == 0 ? state_path(path, path_size, dir, folder, state_owner(subject), error, error_size) : rc;
}

int state_owner_is(const char *found, const char *subject, char *what, size_t what_size)
{
    if (strcmp(found, state_owner(subject)) == 0)
        return 0;
    snprintf(what, what_size, "key 'subject': it is of %s", found);
    return -EINVAL;
}
