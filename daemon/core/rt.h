// SPDX-License-Identifier: GPL-3.0-or-later
// Real-time set-up: threads with an explicit, prefaulted stack and, where the limits allow it, SCHED_FIFO.
// Scheduling is per thread, never on the process: libzmq aborts when its own threads inherit SCHED_FIFO.
#ifndef POISE_CORE_RT_H
#define POISE_CORE_RT_H

#include <pthread.h>
#include <stdbool.h>

struct rt_thread_options {
    const char *name;  // up to 15 characters
    int fifo_priority; // 1 … 99; 0 runs under SCHED_OTHER
};

// Starts fn(arg). Falls back to SCHED_OTHER when FIFO is refused; *got_fifo (may be NULL) tells. Denormals are flushed
// in the new thread and all signals are blocked in it. 0 or negative errno.
__attribute__((warn_unused_result)) int rt_thread_start(pthread_t *thread, const struct rt_thread_options *options,
                                                        void *(*fn)(void *), void *arg, bool *got_fifo);

bool rt_fifo_allowed(int fifo_priority); // would a thread get SCHED_FIFO at this priority?
int rt_lock_memory(void);                // mlockall(current and future); 0 or negative errno
void rt_flush_denormals(void);           // this thread only
void rt_prefault_stack(void);            // touches 64 KiB of the calling thread's stack

#endif
