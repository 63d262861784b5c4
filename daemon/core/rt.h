// SPDX-License-Identifier: GPL-3.0-or-later
// Real-time set-up of this process: memory locked, processors set apart, threads with an explicit stack that is all
// there and, where the limits allow it, SCHED_FIFO. Scheduling is per thread, never on the process: libzmq aborts when
// its own threads inherit SCHED_FIFO. What is refused is done without, with one warning that says how to get it.
// docs/realtime.md has the table of threads.
#ifndef POISE_CORE_RT_H
#define POISE_CORE_RT_H

#include "core/setting.h"

#include <pthread.h>
#include <stdbool.h>

struct rt_params {
    char cpus[64];         // for readers and pipeline, "2-3"; "": any
    bool lock_memory;      // mlockall
    int pipeline_priority; // SCHED_FIFO; 0: none
};
extern const struct setting rt_settings[];
extern const size_t n_rt_settings;

// Whether this machine can run so: the CPUs exist, the pipeline lies below the readers. 0 or -EINVAL with a sentence
// that names key, value and what there is. Not for replay: a recording may come from another machine.
__attribute__((warn_unused_result)) int rt_check(const struct rt_params *params, int reader_priority, char *error,
                                                 size_t error_size);

// Main, once, before any other thread and before what real time needs is allocated: locks memory, sets rt.cpus apart
// (the caller, and all threads that it starts without real_time, keep to the others when any are left) and warns of
// each right that is missing. Returns whether memory is locked.
bool rt_begin(const struct rt_params *params, int highest_priority);

struct rt_thread_options {
    const char *name;  // up to 15 characters
    int fifo_priority; // 1 … 99; 0 runs under SCHED_OTHER
    bool real_time;    // runs on rt.cpus
};

// Starts fn(arg). Falls back to SCHED_OTHER when FIFO is refused; *got_fifo (may be NULL) tells. In the new thread
// denormals are flushed, all signals are blocked and every page of its stack has been touched. 0 or negative errno.
__attribute__((warn_unused_result)) int rt_thread_start(pthread_t *thread, const struct rt_thread_options *options,
                                                        void *(*fn)(void *), void *arg, bool *got_fifo);

bool rt_fifo_allowed(int fifo_priority); // does a thread get SCHED_FIFO at this priority? Tries it; true for 0
void rt_flush_denormals(void);           // this thread only

#endif
