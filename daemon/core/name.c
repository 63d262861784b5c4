// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/name.h"

#include <string.h>

bool name_is_plain(const char *name)
{
    return name[0] != '\0' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0';
}
