// SPDX-License-Identifier: GPL-3.0-or-later
#include "meter.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int counter = -1;

int meter_open(void)
{
    struct perf_event_attr attr = {
        .size = sizeof attr,
        .type = PERF_TYPE_HARDWARE,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);
    return counter >= 0 ? 0 : -errno;
}

static uint64_t instructions_so_far(void)
{
    uint64_t count;
    return counter >= 0 && read(counter, &count, sizeof count) == sizeof count ? count : 0;
}

// Processor time of the thread: another program on the core is not our cost.
static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void meter_start(struct meter *m)
{
    m->started_at = instructions_so_far();
    m->started_ns = now_ns();
}

void meter_stop(struct meter *m)
{
    m->ns += now_ns() - m->started_ns;
    m->instructions += instructions_so_far() - m->started_at;
}
