// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/feed.h"

#include "sim/feed_private.h"
#include "sim/phasor.h"
#include "sim/sensor.h"

#include <errno.h>
#include <math.h>
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

const struct feed_counts *feed_counts(const struct feed *feed, int device)
{
    return &feed->counts[device];
}

const struct fault_list *feed_faults(const struct feed *feed)
{
    return feed->faults;
}

// Decided by the sample's own time, so that it does not depend on who asks how often.
static bool is_dropped(const struct feed *feed, int device, int64_t next_ns)
{
    const struct fault *fault = fault_at(feed->faults, FAULT_DROP, feed->desc[device].site, next_ns);
    if (!fault)
        return false;
    uint64_t random = feed->seed * 6700417 + 257 * (uint64_t)device;
    random = random_next(&random) ^ (uint64_t)next_ns;
    return 50 * (1 + random_uniform(&random)) < fault->value;
}

int64_t feed_next_ns(struct feed *feed, int device)
{
    int site = feed->desc[device].site;
    for (;;) {
        int64_t next_ns = feed->ops->next_ns(feed, device);
        if (next_ns == FEED_END)
            return FEED_END;
        const struct fault *fault = fault_at(feed->faults, FAULT_GAP, site, next_ns);
        if (!fault)
            fault = fault_at(feed->faults, FAULT_UNPLUG, site, next_ns);
        struct feed_sample lost;
        if (fault) {
            feed->counts[device].in_gaps += feed->ops->skip(feed, device, fault->until_ns);
        } else if (is_dropped(feed, device, next_ns)) {
            if (!feed->ops->pull(feed, device, &lost))
                return FEED_END;
            feed->counts[device].dropped++;
        } else {
            fault = fault_at(feed->faults, FAULT_BURST, site, next_ns);
            return fault ? fault->until_ns : next_ns;
        }
    }
}

static void spoil(struct feed *feed, int device, int64_t next_ns, struct feed_sample *sample)
{
    int site = feed->desc[device].site;
    struct feed_counts *counts = &feed->counts[device];
    const struct fault *fault;
    if (fault_at(feed->faults, FAULT_FREEZE, site, next_ns)) {
        memcpy(sample->value, feed->held[device], sizeof sample->value);
        counts->frozen++;
    } else {
        memcpy(feed->held[device], sample->value, sizeof sample->value);
    }
    if ((fault = fault_at(feed->faults, FAULT_BURST, site, next_ns))) {
        sample->t_ns = sample->due_ns = fault->until_ns;
        counts->burst++;
    }
    if ((fault = fault_at(feed->faults, FAULT_STEP, site, next_ns))) {
        sample->t_ns += llrint(1e6 * fault->value);
        counts->stepped++;
    }
}

bool feed_pull(struct feed *feed, int device, struct feed_sample *sample)
{
    if (feed_next_ns(feed, device) == FEED_END) // past what is left out
        return false;
    int64_t next_ns = feed->ops->next_ns(feed, device);
    if (!feed->ops->pull(feed, device, sample))
        return false;
    sample->due_ns = sample->t_ns;
    spoil(feed, device, next_ns, sample);
    feed->counts[device].delivered++;
    return true;
}

void feed_skip(struct feed *feed, int device, int64_t t_ns)
{
    (void)feed->ops->skip(feed, device, t_ns);
}

void feed_overrun(struct feed *feed, int device, int64_t t_ns)
{
    feed->counts[device].overrun += feed->ops->skip(feed, device, t_ns);
}

const int *feed_rates(const struct feed *feed, int device)
{
    return feed->rates[device];
}

void feed_scales(const struct feed *feed, int device, bool gyro, double scales[FEED_SCALES])
{
    (void)device; // they are all one kind of chip: full scale 2 to 16 g, 125 to 2000 deg/s
    const double widest = gyro ? SENSOR_GYRO_SCALE : SENSOR_ACC_SCALE;
    int n = feed->ops->set_scale ? (gyro ? 5 : 4) : 0;
    for (int i = 0; i < n; i++)
        scales[i] = ldexp(widest, i - n + 1);
    scales[n] = 0;
}

int feed_set_scale(struct feed *feed, int device, bool gyro, double scale)
{
    double offered[FEED_SCALES];
    feed_scales(feed, device, gyro, offered);
    for (const double *one = offered; *one > 0; one++)
        if (fabs(*one - scale) < 1e-3 * scale)
            return feed->ops->set_scale(feed, device, gyro, *one);
    return -EINVAL;
}

int feed_set_rate(struct feed *feed, int device, int rate_hz)
{
    for (const int *rate = feed->rates[device]; *rate; rate++)
        if (*rate == rate_hz)
            return feed->ops->set_rate(feed, device, rate_hz);
    return -EINVAL;
}
