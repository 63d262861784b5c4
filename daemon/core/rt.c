// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rt.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#define STACK_BYTES    (512UL * 1024)
#define PREFAULT_BYTES (64UL * 1024)

struct start {
    void *(*fn)(void *);
    void *arg;
    char name[16];
};

void rt_flush_denormals(void)
{
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8040U); // flush-to-zero and denormals-are-zero
#elif defined(__aarch64__)
    unsigned long fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (1UL << 24)));
#endif
}

void rt_prefault_stack(void)
{
    volatile unsigned char page[PREFAULT_BYTES];
    for (size_t i = 0; i < PREFAULT_BYTES; i += 1024)
        page[i] = 0;
    (void)page[0];
}

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;
    free(arg);
    pthread_setname_np(pthread_self(), start.name);
    rt_flush_denormals();
    rt_prefault_stack();
    return start.fn(start.arg);
}

static int spawn(pthread_t *thread, int fifo_priority, struct start *start)
{
    pthread_attr_t attr;
    int rc = pthread_attr_init(&attr);
    if (rc != 0)
        return -rc;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attr, fifo_priority > 0 ? SCHED_FIFO : SCHED_OTHER);
    struct sched_param param = {.sched_priority = fifo_priority};
    pthread_attr_setschedparam(&attr, &param);
    rc = pthread_create(thread, &attr, run, start);
    pthread_attr_destroy(&attr);
    return -rc;
}

int rt_thread_start(pthread_t *thread, const struct rt_thread_options *options, void *(*fn)(void *), void *arg,
                    bool *got_fifo)
{
    struct start *start = calloc(1, sizeof *start);
    if (!start)
        return -ENOMEM;
    start->fn = fn;
    start->arg = arg;
    strncpy(start->name, options->name, sizeof start->name - 1);

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // inherited: main alone takes signals
    int rc = spawn(thread, options->fifo_priority, start);
    bool fifo = rc == 0 && options->fifo_priority > 0;
    if (rc == -EPERM && options->fifo_priority > 0)
        rc = spawn(thread, 0, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        free(start);
    if (got_fifo)
        *got_fifo = fifo;
    return rc;
}

int rt_lock_memory(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : -errno;
}

bool rt_fifo_allowed(int fifo_priority)
{
    struct rlimit limit;
    if (geteuid() == 0)
        return true; // CAP_SYS_NICE; a container may still refuse, then the threads fall back
    return getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur >= (rlim_t)fifo_priority;
}
