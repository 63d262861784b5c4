// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rt_cpus.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The number at *text, which is moved behind it; -1: there is none, or it is too large.
static int take_number(const char **text)
{
    if (!isdigit((unsigned char)**text))
        return -1;
    char *end;
    long number = strtol(*text, &end, 10);
    *text = end;
    return number < CPU_SETSIZE ? (int)number : -1;
}

int rt_cpus_parse(const char *text, cpu_set_t *out)
{
    CPU_ZERO(out);
    do {
        int first = take_number(&text), last = first;
        if (*text == '-') {
            text++;
            last = take_number(&text);
        }
        if (first < 0 || last < first)
            return -EINVAL;
        for (int i = first; i <= last; i++)
            CPU_SET((size_t)i, out);
    } while (*text++ == ',');
    return text[-1] == '\0' ? 0 : -EINVAL;
}

void rt_cpus_print(const cpu_set_t *cpus, char text[RT_CPUS_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < CPU_SETSIZE && used < RT_CPUS_TEXT; i++) {
        if (!CPU_ISSET(i, cpus))
            continue;
        size_t last = i;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus))
            last++;
        const char *comma = used > 0 ? "," : "";
        int n = last > i ? snprintf(text + used, RT_CPUS_TEXT - used, "%s%zu-%zu", comma, i, last)
                         : snprintf(text + used, RT_CPUS_TEXT - used, "%s%zu", comma, i);
        used += (size_t)n;
        i = last;
    }
    if (used == 0)
        snprintf(text, RT_CPUS_TEXT, "none");
}

void rt_cpus_online(cpu_set_t *out)
{
    char text[256] = "";
    FILE *file = fopen("/sys/devices/system/cpu/online", "re");
    bool read = file && fgets(text, sizeof text, file);
    if (file)
        fclose(file);
    text[strcspn(text, "\n")] = '\0';
    if (read && rt_cpus_parse(text, out) == 0)
        return;
    CPU_ZERO(out); // no sysfs: they are numbered through
    for (size_t i = 0; i < CPU_SETSIZE && (long)i < sysconf(_SC_NPROCESSORS_ONLN); i++)
        CPU_SET(i, out);
}
