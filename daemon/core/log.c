// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log.h"

#include "core/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION // it would always name this file
#include <systemd/sd-journal.h>

const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};

static const char *program_name = "poise";
static atomic_int threshold = LOG_LEVEL_INFO;
static atomic_bool to_journal;
static char rig_name[64];
static _Thread_local const char *site_name;

// systemd sets JOURNAL_STREAM to the device and inode of the stderr it made; a redirection changes them.
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    char mine[64];
    snprintf(mine, sizeof mine, "%lu:%lu", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
    return strcmp(mine, stream) == 0;
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

void log_set_rig(const char *rig)
{
    snprintf(rig_name, sizeof rig_name, "%s", rig);
}

void log_set_site(const char *site)
{
    site_name = site;
}

struct journal_field {
    char text[1100];
};

static struct iovec field(struct journal_field *storage, const char *key, const char *value)
{
    int length = snprintf(storage->text, sizeof storage->text, "%s=%s", key, value);
    size_t whole = (size_t)length < sizeof storage->text ? (size_t)length : sizeof storage->text - 1;
    return (struct iovec){storage->text, whole};
}

// With fields, so that journalctl POISE_SITE=c7 shows what befell one sensor. Not sd_journal_send: it allocates.
static int send_to_journal(int priority, const char *line)
{
    struct journal_field message, identifier, rig, site;
    char level[] = "PRIORITY=0";
    level[sizeof level - 2] = (char)('0' + priority);
    struct iovec fields[5] = {{level, sizeof level - 1}, field(&message, "MESSAGE", line)};
    fields[2] = field(&identifier, "SYSLOG_IDENTIFIER", program_name);
    int n = 3;
    if (rig_name[0] != '\0')
        fields[n++] = field(&rig, "POISE_RIG", rig_name);
    if (site_name)
        fields[n++] = field(&site, "POISE_SITE", site_name);
    return sd_journal_sendv(fields, n);
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
    if (atomic_load(&to_journal)) {
        if (send_to_journal(priority[level], line) < 0)
            fprintf(stderr, "<%d>%s\n", priority[level], line);
        return;
    }
    // One write per line, so that threads do not interleave.
    if (level == LOG_LEVEL_INFO)
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
