// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into a daemon under test: the system's clock is off by as many seconds as the file CLOCK_JUMP_FILE says, as
// if somebody had set it. Other clocks are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long offset_s(void)
{
    static int fd = -2;
    char text[32] = "";
    const char *path = getenv("CLOCK_JUMP_FILE");
    if (fd == -2)
        fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    return fd >= 0 && pread(fd, text, sizeof text - 1, 0) > 0 ? atoll(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real(clock, time);
    if (rc == 0 && clock == CLOCK_REALTIME)
        time->tv_sec += offset_s();
    return rc;
}
