// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/feed.h"

#include "sim/feed_private.h"

#include <errno.h>
#include <string.h>

void feed_destroy(struct feed *feed)
{
    if (feed)
        feed->ops->destroy(feed);
}

int feed_count(const struct feed *feed)
{
    return feed->n;
}

const struct source_desc *feed_desc(const struct feed *feed, int device)
{
    return &feed->desc[device];
}

bool feed_is_unplugged(const struct feed *feed, int device, int64_t t_ns)
{
    return fault_at(feed->faults, FAULT_UNPLUG, feed->desc[device].site, t_ns) != NULL;
}

int64_t feed_next_ns(struct feed *feed, int device)
{
    for (;;) {
        int64_t next_ns = feed->ops->next_ns(feed, device);
        if (next_ns == FEED_END)
            return FEED_END;
        const struct fault *fault = fault_at(feed->faults, FAULT_GAP, feed->desc[device].site, next_ns);
        if (!fault)
            fault = fault_at(feed->faults, FAULT_UNPLUG, feed->desc[device].site, next_ns);
        if (!fault)
            return next_ns;
        feed->ops->skip(feed, device, fault->until_ns);
    }
}

bool feed_pull(struct feed *feed, int device, struct feed_sample *sample)
{
    int64_t next_ns = feed_next_ns(feed, device);
    if (next_ns == FEED_END || !feed->ops->pull(feed, device, sample))
        return false;
    if (fault_at(feed->faults, FAULT_FREEZE, feed->desc[device].site, next_ns))
        memcpy(sample->value, feed->held[device], sizeof sample->value);
    else
        memcpy(feed->held[device], sample->value, sizeof sample->value);
    return true;
}

void feed_skip(struct feed *feed, int device, int64_t t_ns)
{
    feed->ops->skip(feed, device, t_ns);
}

const int *feed_rates(const struct feed *feed, int device)
{
    return feed->rates[device];
}

int feed_set_rate(struct feed *feed, int device, int rate_hz)
{
    for (const int *rate = feed->rates[device]; *rate; rate++)
        if (*rate == rate_hz)
            return feed->ops->set_rate(feed, device, rate_hz);
    return -EINVAL;
}
