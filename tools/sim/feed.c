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

// All that begins or ends later bounds the stretch.
static void look_around(const struct feed *feed, int device, int64_t t_ns, struct feed_faults *now)
{
    int site = feed->desc[device].site;
    *now = (struct feed_faults){
        .from_ns = t_ns, .until_ns = FEED_END, .outages_begun = fault_outages_begun(feed->faults, site, t_ns)};
    for (int i = 0; i < feed->faults->n; i++) {
        const struct fault *fault = &feed->faults->fault[i];
        if (!(fault->sites & SITE_BIT(site)) || t_ns >= fault->until_ns)
            continue;
        int64_t bound_ns = t_ns < fault->from_ns ? fault->from_ns : fault->until_ns;
        if (t_ns >= fault->from_ns && now->n < FAULTS_AT_ONCE)
            now->fault[now->n++] = fault;
        now->until_ns = bound_ns < now->until_ns ? bound_ns : now->until_ns;
    }
}

static const struct feed_faults *faults_at(struct feed *feed, int device, int64_t t_ns)
{
    struct feed_faults *now = &feed->now[device];
    if (t_ns < now->from_ns || t_ns >= now->until_ns)
        look_around(feed, device, t_ns, now);
    return now;
}

static bool any_fault(struct feed *feed, int device, int64_t t_ns)
{
    return faults_at(feed, device, t_ns)->n > 0;
}

int feed_outages_begun(struct feed *feed, int device, int64_t t_ns)
{
    return faults_at(feed, device, t_ns)->outages_begun;
}

const struct fault *feed_fault(struct feed *feed, int device, enum fault_kind kind, int64_t t_ns)
{
    struct feed_faults *now = &feed->now[device];
    if (!any_fault(feed, device, t_ns))
        return NULL;
    for (int i = 0; i < now->n; i++)
        if (now->fault[i]->kind == kind)
            return now->fault[i];
    return NULL;
}

static const struct fault *outage(const struct feed *feed, int device)
{
    const struct feed_faults *now = &feed->now[device];
    for (int i = 0; i < now->n; i++)
        if (fault_kinds[now->fault[i]->kind].outage)
            return now->fault[i];
    return NULL;
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
static bool is_dropped(struct feed *feed, int device, int64_t next_ns)
{
    const struct fault *fault = feed_fault(feed, device, FAULT_DROP, next_ns);
    if (!fault)
        return false;
    uint64_t random = feed->seed * 6700417 + 257 * (uint64_t)device;
    random = random_next(&random) ^ (uint64_t)next_ns;
    return 50 * (1 + random_uniform(&random)) < fault->value;
}

int64_t feed_next_ns(struct feed *feed, int device)
{
    for (;;) {
        int64_t next_ns = feed->ops->next_ns(feed, device);
        if (next_ns == FEED_END || !any_fault(feed, device, next_ns))
            return next_ns;
        const struct fault *fault = feed_fault(feed, device, FAULT_GAP, next_ns);
        if (!fault)
            fault = outage(feed, device);
        struct feed_sample lost;
        if (fault) {
            feed->counts[device].in_gaps += feed->ops->skip(feed, device, fault->until_ns);
        } else if (is_dropped(feed, device, next_ns)) {
            if (!feed->ops->pull(feed, device, &lost))
                return FEED_END;
            feed->counts[device].dropped++;
        } else {
            fault = feed_fault(feed, device, FAULT_BURST, next_ns);
            return fault ? fault->until_ns : next_ns;
        }
    }
}

static int32_t full_scale(const struct feed *feed, int device)
{
    return feed->desc[device].format == SAMPLE_INT16 ? INT16_MAX : INT32_MAX;
}

// Each axis stays at that end where its last value pointed.
static void saturate(const int32_t held[N_CHANNELS], int32_t most, struct feed_sample *sample)
{
    for (int c = 0; c < N_CHANNELS; c++)
        sample->value[c] = held[c] < 0 ? -most - 1 : most;
}

static void swap_axes(struct feed_sample *sample)
{
    for (int c = 0; c < N_CHANNELS; c += 3) {
        int32_t x = sample->value[c];
        sample->value[c] = sample->value[c + 1];
        sample->value[c + 1] = sample->value[c + 2];
        sample->value[c + 2] = x;
    }
}

static void scale_force(double factor, int32_t most, struct feed_sample *sample)
{
    for (int c = CH_ACC_X; c <= CH_ACC_Z; c++) {
        double scaled = factor * sample->value[c];
        sample->value[c] = (int32_t)lrint(fmin(fmax(scaled, -(double)most - 1), most));
    }
}

static void spoil_values(struct feed *feed, int device, int64_t next_ns, struct feed_sample *sample)
{
    struct feed_counts *counts = &feed->counts[device];
    const struct fault *fault = feed_fault(feed, device, FAULT_SCALE, next_ns);
    bool saturated = feed_fault(feed, device, FAULT_SATURATE, next_ns) != NULL;
    if (feed_fault(feed, device, FAULT_FREEZE, next_ns)) {
        memcpy(sample->value, feed->held[device], sizeof sample->value);
        counts->frozen++;
    } else if (!saturated) {
        memcpy(feed->held[device], sample->value, sizeof sample->value);
    }
    if (fault)
        scale_force(fault->value, full_scale(feed, device), sample);
    if (feed_fault(feed, device, FAULT_SWAP, next_ns))
        swap_axes(sample);
    if (saturated) {
        saturate(feed->held[device], full_scale(feed, device), sample);
        counts->saturated++;
    }
    for (int c = 0; c < N_CHANNELS; c++)
        if (!(feed->desc[device].channel_mask & (1U << c)))
            sample->value[c] = 0;
}

static void spoil(struct feed *feed, int device, int64_t next_ns, struct feed_sample *sample)
{
    struct feed_counts *counts = &feed->counts[device];
    const struct fault *fault;
    if (!any_fault(feed, device, next_ns)) {
        memcpy(feed->held[device], sample->value, sizeof sample->value);
        return;
    }
    spoil_values(feed, device, next_ns, sample);
    if ((fault = feed_fault(feed, device, FAULT_BURST, next_ns))) {
        sample->t_ns = sample->due_ns = fault->until_ns;
        counts->burst++;
    }
    if ((fault = feed_fault(feed, device, FAULT_STEP, next_ns))) {
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
