// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rt_figures.h"

#include <sys/resource.h>

#define FOREIGN_NS INT64_C(10000000000) // a stamp further away is of another clock

const int rt_edges_us[RT_EDGES] = {50, 100, 200, 500, 1000, 2000, 5000, 10000};

static void add(struct rt_spread *spread, int64_t late_ns, int site)
{
    int bin = 0;
    if (late_ns < 0)
        return; // a clock that is ahead
    while (bin < RT_EDGES && late_ns > rt_edges_us[bin] * INT64_C(1000))
        bin++;
    atomic_fetch_add_explicit(&spread->count[bin], 1, memory_order_relaxed);
    if (late_ns < atomic_load_explicit(&spread->worst_ns, memory_order_relaxed))
        return;
    atomic_store_explicit(&spread->worst_ns, late_ns, memory_order_relaxed);
    atomic_store_explicit(&spread->site, site, memory_order_relaxed);
}

static uint64_t page_faults(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? (uint64_t)(usage.ru_minflt + usage.ru_majflt) : 0;
}

void rt_figures_begin(struct rt_figures *figures, int64_t now_ns)
{
    figures->settled_ns = now_ns + RT_SETTLE_NS;
    figures->next_tick_ns = 0;
    figures->faults_seen = UINT64_MAX;
}

void rt_figures_tick(struct rt_figures *figures, int64_t tick_ns, int64_t period_ns)
{
    int64_t due_ns = figures->next_tick_ns;
    figures->next_tick_ns = (tick_ns / period_ns + 1) * period_ns;
    if (due_ns == 0 || tick_ns < figures->settled_ns)
        return;
    add(&figures->tick, tick_ns - due_ns, -1);
    uint64_t faults = page_faults();
    if (figures->faults_seen != UINT64_MAX)
        atomic_fetch_add_explicit(&figures->page_faults, faults - figures->faults_seen, memory_order_relaxed);
    figures->faults_seen = faults;
}

void rt_figures_block(struct rt_figures *figures, int64_t now_ns, int64_t arrival_ns, int64_t stamp_ns, int site)
{
    if (arrival_ns < figures->settled_ns)
        return;
    add(&figures->block, now_ns - arrival_ns, site);
    if (arrival_ns - stamp_ns < FOREIGN_NS)
        add(&figures->sample, arrival_ns - stamp_ns, site);
}

void rt_figures_dropped(struct rt_figures *figures, uint32_t samples)
{
    atomic_fetch_add_explicit(&figures->samples_dropped, samples, memory_order_relaxed);
}
