// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/host.h"

#include "core/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// The numbers at the start of a small file; how many were found.
static int read_numbers(const char *path, double *values, int max)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    int n = 0;
    while (n < max && fscanf(file, "%lf", &values[n]) == 1)
        n++;
    fclose(file);
    return n;
}

static float cpu_percent(struct host_meter *meter)
{
    struct timespec cpu;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) != 0)
        return NAN;
    int64_t now = clock_mono_ns();
    int64_t used = (int64_t)cpu.tv_sec * NS_PER_S + cpu.tv_nsec;
    float percent = NAN;
    if (meter->last_ns != 0 && now > meter->last_ns)
        percent = 100.0F * (float)(used - meter->last_cpu_ns) / (float)(now - meter->last_ns);
    meter->last_ns = now;
    meter->last_cpu_ns = used;
    return percent;
}

void host_read(struct host_meter *meter, struct stream_machine *out)
{
    double pages[2], load, millidegrees;
    *out = (struct stream_machine){.known = true, .memory_mb = NAN, .load_1min = NAN, .temperature_c = NAN};
    out->cpu_pct = cpu_percent(meter);
    if (read_numbers("/proc/self/statm", pages, 2) == 2)
        out->memory_mb = (float)(pages[1] * (double)sysconf(_SC_PAGESIZE) / 1e6);
    if (getloadavg(&load, 1) == 1)
        out->load_1min = (float)load;
    if (read_numbers("/sys/class/thermal/thermal_zone0/temp", &millidegrees, 1) == 1)
        out->temperature_c = (float)(millidegrees / 1000);
}
