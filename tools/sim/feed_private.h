// SPDX-License-Identifier: GPL-3.0-or-later
// What a kind of feed provides: it embeds struct feed as its first member and fills it.
#ifndef POISE_SIM_FEED_PRIVATE_H
#define POISE_SIM_FEED_PRIVATE_H

#include "sim/feed.h"

struct feed_ops {
    int64_t (*next_ns)(struct feed *feed, int device);
    bool (*pull)(struct feed *feed, int device, struct feed_sample *sample);
    uint64_t (*skip)(struct feed *feed, int device, int64_t t_ns);            // how many it skipped
    int (*set_rate)(struct feed *feed, int device, int rate_hz);              // the rate is one of rates
    int (*set_scale)(struct feed *feed, int device, bool gyro, double scale); // NULL: the scales are what they are
    void (*destroy)(struct feed *feed);
};

#define FAULTS_AT_ONCE 16

// The faults of one device in a stretch of time in which none begins or ends.
struct feed_faults {
    int64_t from_ns, until_ns;
    int outages_begun; // by then, those that have ended too
    int n;
    const struct fault *fault[FAULTS_AT_ONCE];
};

struct feed {
    const struct feed_ops *ops;
    const struct fault_list *faults;
    uint64_t seed; // of the samples lost at random
    int n;
    struct source_desc desc[MAX_SOURCES];
    int rates[MAX_SOURCES][12];            // 0-terminated
    int32_t held[MAX_SOURCES][N_CHANNELS]; // the last values before a freeze
    struct feed_counts counts[MAX_SOURCES];
    struct feed_faults now[MAX_SOURCES];
};

// The fault of that kind that the device has at t_ns, or NULL. Quick: samples ask for each.
const struct fault *feed_fault(struct feed *feed, int device, enum fault_kind kind, int64_t t_ns);

#endif
