// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log.h"

#include "core/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};

static const char *program_name = "poise";
static atomic_int threshold = LOG_LEVEL_INFO;
static atomic_bool to_journal;

// systemd sets JOURNAL_STREAM to the device and inode of the stderr it made; a redirection changes them.
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    char mine[64];
    snprintf(mine, sizeof mine, "%lu:%lu", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
    for (const char *a = mine, *b = stream; *a == *b; a++, b++)
        if (*a == '\0')
            return true;
    return false;
}

void log_init(const char *program, enum log_level level)
{
    program_name = program;
    atomic_store(&threshold, level);
    atomic_store(&to_journal, stderr_is_journal());
}

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, level);
}

void log_line(enum log_level level, const char *format, ...)
{
    static const int priority[] = {3, 4, 6, 7};
    if ((int)level > atomic_load(&threshold))
        return;
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    // One write per line, so that threads do not interleave.
    if (atomic_load(&to_journal))
        fprintf(stderr, "<%d>%s\n", priority[level], line);
    else if (level == LOG_LEVEL_INFO)
        fprintf(stderr, "%s: %s\n", program_name, line);
    else
        fprintf(stderr, "%s: %s: %s\n", program_name, log_level_names[level], line);
}

int log_limit_pass(struct log_limit *limit, int64_t period_ns)
{
    int64_t now = clock_mono_ns();
    if (now < limit->next_ns) {
        limit->suppressed++;
        return -1;
    }
    int held_back = (int)limit->suppressed;
    limit->suppressed = 0;
    limit->next_ns = now + period_ns;
    return held_back;
}
