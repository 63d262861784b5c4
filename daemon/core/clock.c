// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_utc_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}

void clock_format_utc(int64_t utc_ns, char buf[CLOCK_UTC_TEXT])
{
    time_t seconds = utc_ns / NS_PER_S;
    int64_t below = utc_ns % NS_PER_S;
    if (below < 0) { // C rounds towards zero, the calendar towards the past
        seconds--;
        below += NS_PER_S;
    }
    int ms = (int)(below / 1000000);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || tm.tm_year < 0 || tm.tm_year > 8099) {
        snprintf(buf, CLOCK_UTC_TEXT, "0000-00-00T00:00:00.000Z");
        return;
    }
    char day[20];
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(buf, CLOCK_UTC_TEXT, "%.19s.%03dZ", day, ms % 1000);
}
