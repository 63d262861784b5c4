// SPDX-License-Identifier: GPL-3.0-or-later
// What real time comes to, counted by the pipeline thread and read by the publisher's: how late threads were as
// histograms with fixed edges, page faults, samples lost for want of room. From RT_SETTLE_NS after the start of the
// thread on: what opening devices costs says nothing about running. Never part of a replay.
#ifndef POISE_CORE_RT_FIGURES_H
#define POISE_CORE_RT_FIGURES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RT_SETTLE_NS INT64_C(5000000000)
#define RT_EDGES     8
extern const int rt_edges_us[RT_EDGES];

struct rt_spread {
    atomic_ullong count[RT_EDGES + 1]; // up to and with each edge; the last: above all
    atomic_llong worst_ns;
    atomic_int site; // of the worst, -1: of none
};

struct rt_figures {
    atomic_bool fifo;              // readers and pipeline run under SCHED_FIFO
    struct rt_spread tick;         // a tick of the 10 Hz grid: from when it was due to when the pipeline began it
    struct rt_spread block;        // from a reader having a block to the pipeline beginning it
    struct rt_spread sample;       // from the newest stamp of a block to its reader having it
    atomic_ullong page_faults;     // of the pipeline thread
    atomic_ullong samples_dropped; // by readers whose ring was full

    // The pipeline thread's own.
    int64_t settled_ns, next_tick_ns;
    uint64_t faults_seen;
};

// Before the thread starts, each time; what was counted stays.
void rt_figures_begin(struct rt_figures *figures, int64_t now_ns);

// The pipeline thread, RT-safe.
void rt_figures_tick(struct rt_figures *figures, int64_t tick_ns, int64_t period_ns);
void rt_figures_block(struct rt_figures *figures, int64_t now_ns, int64_t arrival_ns, int64_t stamp_ns, int site);
void rt_figures_dropped(struct rt_figures *figures, uint32_t samples);

#endif
