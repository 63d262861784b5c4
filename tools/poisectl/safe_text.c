// SPDX-License-Identifier: GPL-3.0-or-later
#include "safe_text.h"

#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Bytes of what a terminal might act on at s, 0 when there is none: C0, DEL, C1 (U+0080 to U+009F, two bytes in UTF-8),
// and single bytes that are no UTF-8, which some terminals take for C1.
static size_t harmful_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x20 || s[0] == 0x7f || utf8_length(text) == 0)
        return 1;
    return s[0] == 0xc2 && s[1] <= 0x9f ? 2 : 0;
}

bool safe_text_is(const char *text)
{
    for (; *text != '\0'; text += utf8_length(text))
        if (harmful_length(text) > 0)
            return false;
    return true;
}

char *safe_text(const char *text)
{
    char *out = malloc(4 * strlen(text) + 1), *at = out;
    if (!out)
        return NULL;
    while (*text != '\0') {
        size_t n = harmful_length(text);
        if (n > 0) {
            at += sprintf(at, "\\x%02x", (unsigned char)text[n - 1]);
        } else {
            n = utf8_length(text);
            memcpy(at, text, n);
            at += n;
        }
        text += n;
    }
    *at = '\0';
    return out;
}
