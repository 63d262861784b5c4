// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/rt_stream.h"

#include "publish/special.h"

#include <math.h>

static json_t *edges(const void *result)
{
    (void)result;
    json_t *list = json_array();
    for (int i = 0; i < RT_EDGES; i++)
        json_array_append_new(list, json_integer(rt_edges_us[i]));
    return list;
}

static json_t *counts(const void *result)
{
    const struct stream_spread *spread = result;
    json_t *list = json_array();
    for (int i = 0; i <= RT_EDGES; i++)
        json_array_append_new(list, json_integer((json_int_t)spread->count[i]));
    return list;
}

static json_t *list_schema(int n)
{
    return json_pack("{s:s, s:{s:s, s:i}, s:i, s:i}", "type", "array", "items", "type", "integer", "minimum", 0,
                     "minItems", n, "maxItems", n);
}

static json_t *edges_schema(void)
{
    return list_schema(RT_EDGES);
}

static json_t *counts_schema(void)
{
    return list_schema(RT_EDGES + 1);
}

static const struct stream_special edge_list = {edges, edges_schema, NULL};
static const struct stream_special count_list = {counts, counts_schema, NULL};

static const struct stream_key spread_keys[] = {
    {.key = "counts",
     .kind = KEY_SPECIAL,
     .special = &count_list,
     .sentence = "how many were above the edge before and up to this one; the last: above all edges"},
    {ROW(worst, stream_spread, "us", 0), .sentence = "largest"},
    {.key = "site",
     .kind = KEY_NAME,
     .offset = offsetof(struct stream_spread, site),
     .names = site_names,
     .sentence = "where the largest was"},
    END,
};

#define SPREAD(member)                                                                                                 \
    .key = #member, .kind = KEY_OBJECT, .offset = offsetof(struct stream_wakeup, member), .nested = spread_keys

static const struct stream_key wakeup_keys[] = {
    {.key = "edges", .kind = KEY_SPECIAL, .special = &edge_list, .unit = "us", .sentence = "of the counts, ascending"},
    {SPREAD(tick), .sentence = "a tick of the 10 Hz grid, from when it was due to when the pipeline began it"},
    {SPREAD(block), .sentence = "a block of samples, from when its reader had it to when the pipeline began it"},
    {SPREAD(sample), .sentence = "the newest sample of a block, from its stamp to when its reader had it: the bus, the "
                                 "kernel or network, and the reader's own wake-up"},
    END,
};

static const char *const policy_names[] = {"other", "fifo", NULL};

#define OF(member) .key = #member, .offset = offsetof(struct stream_rt, member)

const struct stream_key stream_rt_keys[] = {
    {OF(policy), .kind = KEY_NAME, .names = policy_names, .sentence = "scheduling of readers and pipeline"},
    {OF(mlock), .kind = KEY_FLAG, .sentence = "whether the memory is locked"},
    {OF(cpus), .kind = KEY_TEXT, .sentence = "CPUs of readers and pipeline, null: any"},
    {OF(page_faults), .kind = KEY_COUNT64, .sentence = "of the pipeline thread, from 5 s after its start"},
    {OF(wakeup_us), .kind = KEY_OBJECT, .nested = wakeup_keys, .unit = "us",
     .sentence = "how late threads were, from 5 s after the start on"},
    END,
};

static void fill(struct stream_spread *out, const struct rt_spread *spread)
{
    uint64_t n = 0;
    for (int i = 0; i <= RT_EDGES; i++)
        n += out->count[i] = atomic_load_explicit(&spread->count[i], memory_order_relaxed);
    out->worst = n > 0 ? (float)atomic_load_explicit(&spread->worst_ns, memory_order_relaxed) / 1e3F : NAN;
    out->site = n > 0 ? atomic_load_explicit(&spread->site, memory_order_relaxed) : -1;
}

void rt_stream_fill(struct stream_rt *out, const struct rt_figures *figures)
{
    static const struct rt_figures none;
    if (!figures)
        figures = &none;
    out->policy = atomic_load(&figures->fifo) ? 1 : 0;
    out->page_faults = atomic_load_explicit(&figures->page_faults, memory_order_relaxed);
    fill(&out->wakeup_us.tick, &figures->tick);
    fill(&out->wakeup_us.block, &figures->block);
    fill(&out->wakeup_us.sample, &figures->sample);
}
