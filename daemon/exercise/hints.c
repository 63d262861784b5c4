// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/exercise_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STAYS_S 4.0 // so that it can be read

void hint_say(struct exerciser *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->now.hint, sizeof e->now.hint, format, args);
    va_end(args);
    e->hint_until = e->index + SECONDS(STAYS_S);
    e->changed = true;
}

const char *hint_sites(uint32_t sites, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (int s = 0; s < N_SITES; s++) {
        if (!(sites & SITE_BIT(s)) || at >= size)
            continue;
        int n = snprintf(text + at, size - at, "%s%s", at > 0 ? ", " : "", site_names[s]);
        at += n > 0 ? (size_t)n : 0;
    }
    return text;
}

void hint_of_now(struct exerciser *e, const char *text)
{
    if (text[0] == '\0' && e->index < e->hint_until)
        return;
    if (strcmp(e->now.hint, text) == 0)
        return;
    snprintf(e->now.hint, sizeof e->now.hint, "%s", text);
    e->changed = true;
}
