// SPDX-License-Identifier: GPL-3.0-or-later
// Latencies of the last minute and their exact quantiles, and the worst of all. One thread; no allocation. Private to
// publish/.
#ifndef POISE_PUBLISH_LATENCY_H
#define POISE_PUBLISH_LATENCY_H

#include "publish/streams.h"

#include <stdint.h>

#define LATENCY_WINDOW  1200 // one minute of posture at 20 Hz
#define LATENCY_LATE_MS 50.0F

struct latency {
    int64_t at_ns[LATENCY_WINDOW];
    float ms[LATENCY_WINDOW];
    unsigned next; // free-running
    uint64_t late;
    float worst_ms; // since the start
};

// A stamp from the future or older than ten seconds comes from another clock and is not counted.
void latency_add(struct latency *latency, int64_t now_ns, int64_t stamp_ns);
// known is false when the last minute had none.
void latency_summary(const struct latency *latency, int64_t now_ns, struct stream_latency *out);

#endif
