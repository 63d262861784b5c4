// SPDX-License-Identifier: GPL-3.0-or-later
#include "phase.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMERS "/proc/timer_list"

int phase_read_triggers(int64_t period_ns, int64_t phases[PHASE_MAX])
{
    FILE *file = fopen(TIMERS, "re");
    if (!file)
        return -errno;
    char line[256];
    int n = 0;
    bool of_trigger = false;
    // A timer is a line with its function and one " # expires at A-B nsecs [in …]".
    while (fgets(line, sizeof line, file) && n < PHASE_MAX) {
        const char *expires = strstr(line, "expires at ");
        if (!expires)
            of_trigger = strstr(line, "iio_hrtimer_trig_handler") != NULL;
        else if (of_trigger)
            phases[n++] = strtoll(expires + strlen("expires at "), NULL, 10) % period_ns;
    }
    fclose(file);
    return n;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t phase_choose(const int64_t phases[PHASE_MAX], int n, int64_t period_ns)
{
    int64_t sorted[PHASE_MAX], longest = -1, chosen = 0;
    if (n <= 0)
        return 0;
    memcpy(sorted, phases, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    for (int i = 0; i < n; i++) {
        int64_t pause = i + 1 < n ? sorted[i + 1] - sorted[i] : sorted[0] + period_ns - sorted[i];
        if (pause > longest) {
            longest = pause;
            chosen = (sorted[i] + pause * 3 / 4) % period_ns;
        }
    }
    return chosen;
}
