// SPDX-License-Identifier: GPL-3.0-or-later
#include "say.h"

#include "safe_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#define SENTENCE 2048

static bool as_json, told;

void say_as_json(bool json)
{
    as_json = json;
}

bool say_is_json(void)
{
    return as_json;
}

// One object, however many errors follow from the first.
static void tell(const char *sentence)
{
    char *safe = safe_text(sentence);
    if (as_json && !told)
        (void)ctl_print(json_pack("{s:b, s:s}", "ok", 0, "error", safe ? safe : "out of memory"));
    else
        fprintf(stderr, "poisectl: %s\n", safe ? safe : "out of memory");
    told = true;
    free(safe);
}

int ctl_fail(const char *format, ...)
{
    char sentence[SENTENCE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    tell(sentence);
    return 1;
}

int ctl_usage(const char *verb, const char *format, ...)
{
    char what[SENTENCE - 100], sentence[SENTENCE];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(sentence, sizeof sentence, "%s; see poisectl %s%s--help", what, verb ? verb : "", verb ? " " : "");
    tell(sentence);
    return EX_USAGE;
}

void ctl_warn(const char *format, ...)
{
    char sentence[SENTENCE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    char *safe = safe_text(sentence);
    fprintf(stderr, "poisectl: warning: %s\n", safe ? safe : "out of memory");
    free(safe);
}

int ctl_print(json_t *object)
{
    int rc = json_dumpf(object, stdout, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(object);
    putchar('\n');
    return rc == 0 && fflush(stdout) == 0 ? 0 : 1;
}
