// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/latency.h"

#include "core/clock.h"

#include <stdlib.h>

#define PLAUSIBLE_NS (10 * NS_PER_S)
#define WINDOW_NS    (60 * NS_PER_S)

void latency_add(struct latency *l, int64_t now_ns, int64_t stamp_ns)
{
    int64_t age = now_ns - stamp_ns;
    if (age < 0 || age > PLAUSIBLE_NS)
        return;
    unsigned i = l->next++ % LATENCY_WINDOW;
    l->at_ns[i] = now_ns;
    l->ms[i] = (float)age / 1e6F;
    if (l->ms[i] > l->worst_ms)
        l->worst_ms = l->ms[i];
    if (l->ms[i] > LATENCY_LATE_MS)
        l->late++;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

void latency_summary(const struct latency *l, int64_t now_ns, struct stream_latency *out)
{
    float sorted[LATENCY_WINDOW];
    size_t n = 0;
    unsigned held = l->next < LATENCY_WINDOW ? l->next : LATENCY_WINDOW;
    for (unsigned i = 0; i < held; i++)
        if (now_ns - l->at_ns[i] <= WINDOW_NS)
            sorted[n++] = l->ms[i];
    *out = (struct stream_latency){.known = n > 0};
    if (n == 0)
        return;
    qsort(sorted, n, sizeof sorted[0], compare);
    out->p50 = sorted[(n - 1) / 2];
    out->p99 = sorted[(n * 99 + 99) / 100 - 1]; // nearest rank
    out->max = sorted[n - 1];
    out->worst = l->worst_ms;
}
