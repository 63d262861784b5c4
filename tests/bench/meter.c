// SPDX-License-Identifier: GPL-3.0-or-later
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int counter = -1;
static const volatile uint64_t *shared; // another's count of our instructions

static int open_shared(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const void *page = mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, fd, 0);
    int rc = page == MAP_FAILED ? -errno : 0;
    close(fd);
    if (rc == 0)
        shared = page;
    return rc;
}

int meter_open(void)
{
    const char *path = getenv("POISE_INSTRUCTIONS");
    if (path && *path)
        return open_shared(path);
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
    if (shared)
        return *shared;
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
