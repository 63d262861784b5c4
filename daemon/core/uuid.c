// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/uuid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int uuid_make(char text[UUID_TEXT])
{
    unsigned char b[16];
    int rc = getrandom(b, sizeof b, 0) == (ssize_t)sizeof b ? 0 : -EIO;
    if (rc == 0) {
        b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); // version 4
        b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); // variant of RFC 9562
    } else {
        memset(b, 0, sizeof b);
    }
    snprintf(text, UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
             b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return rc;
}

bool uuid_is_text(const char *text)
{
    for (int i = 0; i < UUID_TEXT - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : text[i] == '\0' || !strchr("0123456789abcdef", text[i]))
            return false;
    }
    return text[UUID_TEXT - 1] == '\0';
}
