// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rt.h"

#include "core/log.h"
#include "core/rt_cpus.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

// Deepest use found: see docs/realtime.md.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (1024UL * 1024)
#else
#define STACK_BYTES (256UL * 1024)
#endif
#define OWN_FRAMES_BYTES 4096 // of run() and what it calls, and below the stack pointer what leaf functions use

// Written by rt_begin before there is a second thread, constant afterwards.
static bool cpus_set_apart;
static cpu_set_t real_time_cpus;

struct start {
    void *(*fn)(void *);
    void *arg;
    char name[16];
};

struct stack {
    volatile uint64_t *low; // lowest word
    size_t bytes;           // below the frames that were there when it was touched
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

// Writes zeros over all of the calling thread's stack that is not in use: every page is there afterwards, and what is
// not zero at the end was used. A thread may be given the stack of one that ended, so the zeros are needed.
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) static struct stack touch_stack(void)
{
    struct stack stack = {NULL, 0};
    pthread_attr_t attr;
    void *low;
    size_t bytes;
    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return stack;
    if (pthread_attr_getstack(&attr, &low, &bytes) == 0) {
        uintptr_t here = (uintptr_t)__builtin_frame_address(0);
        uintptr_t begin = ((uintptr_t)low + 7) / 8 * 8;
        if (here > begin + OWN_FRAMES_BYTES)
            stack = (struct stack){(volatile uint64_t *)begin, here - OWN_FRAMES_BYTES - begin};
        for (size_t i = 0; i < stack.bytes / 8; i++)
            stack.low[i] = 0;
    }
    pthread_attr_destroy(&attr);
    return stack;
}

__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) static size_t used_bytes(struct stack stack)
{
    size_t i = 0;
    while (i < stack.bytes / 8 && stack.low[i] == 0)
        i++;
    return stack.bytes - i * 8 + OWN_FRAMES_BYTES;
}

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;
    free(arg);
    pthread_setname_np(pthread_self(), start.name);
    rt_flush_denormals();
    struct stack stack = touch_stack();
    void *result = start.fn(start.arg);
    log_debug("thread %s used %zu of %lu KiB of its stack", start.name, (used_bytes(stack) + 1023) / 1024,
              STACK_BYTES / 1024);
    return result;
}

#define AS_IT_IS (-1) // no policy of its own: that of the thread which makes it

static int spawn(pthread_t *thread, int fifo_priority, const cpu_set_t *cpus, void *(*fn)(void *), void *arg)
{
    pthread_attr_t attr;
    int rc = pthread_attr_init(&attr);
    if (rc != 0)
        return -rc;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (fifo_priority != AS_IT_IS) {
        struct sched_param param = {.sched_priority = fifo_priority};
        pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attr, fifo_priority > 0 ? SCHED_FIFO : SCHED_OTHER);
        pthread_attr_setschedparam(&attr, &param);
    }
    if (cpus)
        rc = pthread_attr_setaffinity_np(&attr, sizeof *cpus, cpus);
    if (rc == 0)
        rc = pthread_create(thread, &attr, fn, arg);
    pthread_attr_destroy(&attr);
    return -rc;
}

// What is refused is left out: SCHED_FIFO (EPERM), CPUs that a cpuset keeps from us (EINVAL).
static int spawn_as_allowed(pthread_t *thread, int *fifo_priority, const cpu_set_t *cpus, struct start *start)
{
    int rc = spawn(thread, *fifo_priority, cpus, run, start);
    if (rc == -EINVAL && cpus) {
        log_warning("thread %s: rt.cpus is not granted, a cpuset or container forbids it", start->name);
        cpus = NULL;
        rc = spawn(thread, *fifo_priority, NULL, run, start);
    }
    if (rc == -EPERM && *fifo_priority > 0) {
        *fifo_priority = 0;
        rc = spawn(thread, 0, cpus, run, start);
    }
    if (rc == -EPERM) // a process under SCHED_IDLE may not leave it without a right
        rc = spawn(thread, AS_IT_IS, cpus, run, start);
    return rc;
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
    int fifo_priority = options->fifo_priority;
    const cpu_set_t *cpus = options->real_time && cpus_set_apart ? &real_time_cpus : NULL;
    int rc = spawn_as_allowed(thread, &fifo_priority, cpus, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        free(start);
    if (got_fifo)
        *got_fifo = rc == 0 && fifo_priority > 0;
    return rc;
}

static void *nothing(void *arg)
{
    return arg;
}

bool rt_fifo_allowed(int fifo_priority)
{
    pthread_t thread;
    if (fifo_priority > 0 && spawn(&thread, fifo_priority, NULL, nothing, NULL) != 0)
        return false;
    if (fifo_priority > 0)
        pthread_join(thread, NULL);
    return true;
}

// The kernel asks for this one instead of the limit when a unit hands out capabilities, as some containers must.
static bool may_lock_anything(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &head, has) == 0 && (has[0].effective >> CAP_IPC_LOCK & 1U) != 0;
}

// A limit, even one above today's need, would make a later allocation fail: reserved address space counts too, and
// each thread that allocates reserves 64 MiB.
static bool lock_memory(void)
{
    struct rlimit limit = {0, 0};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    char have[32];
    snprintf(have, sizeof have, "%llu KiB", (unsigned long long)limit.rlim_cur / 1024);
    bool unlimited = limit.rlim_cur == RLIM_INFINITY || may_lock_anything();
    if (unlimited && mlockall(MCL_CURRENT | MCL_FUTURE) == 0)
        return true;
    log_warning("memory is not locked (%s): threads may wait for pages. RLIMIT_MEMLOCK must be unlimited, it is %s: "
                "LimitMEMLOCK=infinity in the unit, or 'memlock unlimited' in limits.conf",
                unlimited ? strerror(errno) : "no right", limit.rlim_cur == RLIM_INFINITY ? "unlimited" : have);
    return false;
}

static void warn_of_priority(int priority)
{
    struct rlimit limit = {0, 0};
    if (rt_fifo_allowed(priority))
        return;
    getrlimit(RLIMIT_RTPRIO, &limit);
    log_warning("no real-time scheduling: threads run under SCHED_OTHER and may be late when the machine is busy. "
                "RLIMIT_RTPRIO must be at least %d, it is %llu: LimitRTPRIO=%d in the unit, or 'rtprio %d' in "
                "limits.conf",
                priority, (unsigned long long)limit.rlim_cur, priority, priority);
}

static void set_cpus_apart(const char *text)
{
    cpu_set_t mine, rest;
    if (text[0] == '\0' || rt_cpus_parse(text, &real_time_cpus) != 0)
        return;
    cpus_set_apart = true;
    if (sched_getaffinity(0, sizeof mine, &mine) != 0)
        return;
    CPU_AND(&rest, &mine, &real_time_cpus);
    CPU_XOR(&rest, &mine, &rest);
    if (CPU_COUNT(&rest) > 0 && sched_setaffinity(0, sizeof rest, &rest) != 0)
        log_warning("the threads without haste stay on all CPUs: %s", strerror(errno));
}

bool rt_begin(const struct rt_params *params, int highest_priority)
{
    bool locked = params->lock_memory && lock_memory();
    warn_of_priority(highest_priority);
    set_cpus_apart(params->cpus);
    return locked;
}
