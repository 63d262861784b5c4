// SPDX-License-Identifier: GPL-3.0-or-later
// Devices with their own oscillators, jittering stamps and faults, feeding align; and what comes out of it, as errors
// of time. Every device measures cos and sin of one slow phase: a frame's phase tells from which instant its value is,
// to some 20 ns, wherever in the run it lies.
#ifndef POISE_TESTS_ALIGN_RIG_H
#define POISE_TESTS_ALIGN_RIG_H

#include "check.h"

#include "align/align.h"

#include <string.h>

#define RIG_START_S    1000.0
#define RIG_DEVICES    8
#define RIG_MINUTES    40
#define RIG_SIGNAL_HZ  0.5
#define RIG_BLOCK_S    0.01 // no slow device hands over what is far ahead of the others
#define RIG_BLOCK      10
#define RIG_MAX_BRIDGE 5

static const struct align_params rig_defaults = {60, RIG_MAX_BRIDGE, 0.25, 40};

struct rig_device {
    double rate_hz, jitter_ns, claim_hz;
    double drop;              // probability that a sample is lost
    double t_s;               // true instant of the next sample
    double shift_s;           // stamps are ahead of the truth by this
    double hold_s, release_s; // backlog: what is taken in this time is delivered, and stamped, at its end
    double grain_s;           // coarse stamps: rounded up to a multiple of this; 0: fine ones
    int site;
    unsigned channels;
    long sent, missed, gaps; // delivered; lost between two delivered ones, and in how many runs
    long lost;               // since the last delivered one
    int64_t last_stamp_ns;
};

struct rig_minute {
    double sum, square, worst;
    long n;
};

struct rig {
    struct align *align;
    struct rig_device device[RIG_DEVICES];
    int n;
    double settle_s; // errors count from here on
    long frames, valid[RIG_DEVICES], bridged[RIG_DEVICES];
    double worst_s[RIG_DEVICES], worst_apart_s; // of each site against the truth; of the first two against each other
    double worst_at_s;
    double limit_s;           // frames worse than this are counted …
    long beyond[RIG_DEVICES]; // … here
    struct rig_minute minute[RIG_DEVICES][RIG_MINUTES];
    int64_t next_index;
};

static inline struct source_desc rig_describe(const struct rig_device *device)
{
    struct source_desc d = {.site = (uint16_t)device->site,
                            .channel_mask = (uint16_t)device->channels,
                            .format = SAMPLE_FLOAT64,
                            .mount = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    for (int c = 0; c < N_CHANNELS; c++)
        d.scale[c] = 1;
    return d;
}

static inline void rig_create(struct rig *rig, double settle_s)
{
    memset(rig, 0, sizeof *rig);
    rig->settle_s = settle_s;
    assert_int_equal(align_create(&rig->align, &rig_defaults), 0);
}

// Site of its own, accelerations only. claim_hz: what it says of its rate, 0 nothing; chip may be NULL.
static inline struct rig_device *rig_add(struct rig *rig, double rate_hz, double jitter_ns, double claim_hz,
                                         const char *chip)
{
    struct rig_device *device = &rig->device[rig->n];
    *device = (struct rig_device){.rate_hz = rate_hz,
                                  .jitter_ns = jitter_ns,
                                  .claim_hz = claim_hz,
                                  .t_s = RIG_START_S + check_uniform() / rate_hz,
                                  .site = rig->n,
                                  .channels = CHANNELS_ACC};
    struct source_desc d = rig_describe(device);
    d.rate_hz = claim_hz;
    snprintf(d.chip, sizeof d.chip, "%s", chip ? chip : "");
    align_set_source(rig->align, (uint16_t)rig->n++, &d);
    return device;
}

static inline double rig_delivery_s(const struct rig_device *d)
{
    return d->t_s >= d->hold_s && d->t_s < d->release_s ? d->release_s : d->t_s;
}

static inline double rig_phase(double t_s)
{
    return 2 * PI * fmod(RIG_SIGNAL_HZ * t_s, 1);
}

static inline int64_t rig_stamp_ns(const struct rig_device *d)
{
    double t_s = rig_delivery_s(d) + d->shift_s;
    if (d->grain_s > 0)
        t_s = ceil(t_s / d->grain_s) * d->grain_s;
    return log_quantise_ns(llround(t_s * 1e9 + d->jitter_ns * check_normal()));
}

// Appends the next sample under a stamp of its own, or one that is given.
static inline void rig_append(struct rig_device *d, struct raw_block *block, int64_t stamp_ns)
{
    double phase = rig_phase(d->t_s), value[3] = {cos(phase), sin(phase), 0};
    for (int c = 0; c < N_CHANNELS; c++)
        block->value[block->n][c] = d->channels & (1U << c) ? value[c % 3] : 0;
    block->stamp_ns[block->n++] = d->last_stamp_ns = stamp_ns;
    d->t_s += 1 / d->rate_hz;
    d->sent++;
    d->gaps += d->lost > 0;
    d->missed += d->lost;
    d->lost = 0;
}

static inline void rig_lose(struct rig_device *d)
{
    d->t_s += 1 / d->rate_hz;
    d->lost++;
}

// The error of time of a valid frame, seconds.
static inline double rig_error_s(const float acc[3], double time_s)
{
    double phase = rig_phase(time_s), c = (double)acc[0], s = (double)acc[1];
    return atan2(s * cos(phase) - c * sin(phase), c * cos(phase) + s * sin(phase)) / (2 * PI * RIG_SIGNAL_HZ);
}

static inline void rig_look(struct rig *rig, const struct frame_block *b, int f)
{
    double time_s = (double)(b->first_index + f) * 1e-3, error_s[RIG_DEVICES];
    int seen = 0;
    for (int i = 0; i < rig->n; i++) {
        const struct site_frames *site = &b->site[rig->device[i].site];
        error_s[i] = NAN;
        if (!(site->valid[f] & (FRAME_ACC | FRAME_GYRO)))
            continue;
        rig->valid[i]++;
        rig->bridged[i] += (site->valid[f] & FRAME_BRIDGED) != 0;
        if (time_s < RIG_START_S + rig->settle_s)
            continue;
        const float *value = rig->device[i].channels & CHANNELS_ACC ? site->acc[f] : site->gyro[f];
        error_s[i] = rig_error_s(value, time_s - rig->device[i].shift_s);
        seen++;
        if (fabs(error_s[i]) > rig->worst_s[i]) {
            rig->worst_s[i] = fabs(error_s[i]);
            rig->worst_at_s = time_s - RIG_START_S;
        }
        rig->beyond[i] += rig->limit_s > 0 && fabs(error_s[i]) > rig->limit_s;
        struct rig_minute *m = &rig->minute[i][(int)((time_s - RIG_START_S) / 60) % RIG_MINUTES];
        m->sum += error_s[i];
        m->square += error_s[i] * error_s[i];
        m->worst = fmax(m->worst, fabs(error_s[i]));
        m->n++;
    }
    if (seen >= 2 && isfinite(error_s[0]) && isfinite(error_s[1]))
        rig->worst_apart_s = fmax(rig->worst_apart_s, fabs(error_s[0] - error_s[1]));
}

static inline void rig_drain(struct rig *rig)
{
    struct frame_block b;
    while (align_pull(rig->align, &b)) {
        if (rig->frames > 0)
            assert_true(b.first_index >= rig->next_index);
        rig->next_index = b.first_index + FRAME_BLOCK_LEN;
        rig->frames += FRAME_BLOCK_LEN;
        for (int f = 0; f < FRAME_BLOCK_LEN; f++)
            rig_look(rig, &b, f);
    }
}

static inline void rig_push(struct rig *rig, const struct raw_block *block)
{
    align_push_block(rig->align, block);
    rig_drain(rig);
}

// In the order in which a host would have got them.
static inline void rig_run(struct rig *rig, double until_s)
{
    for (;;) {
        int next = 0;
        for (int i = 1; i < rig->n; i++)
            if (rig_delivery_s(&rig->device[i]) < rig_delivery_s(&rig->device[next]))
                next = i;
        struct rig_device *d = &rig->device[next];
        if (rig_delivery_s(d) > RIG_START_S + until_s)
            return;
        struct raw_block block = {.source = (uint16_t)next};
        double full_s = fmin(RIG_START_S + until_s, rig_delivery_s(d) + RIG_BLOCK_S);
        while (block.n < RIG_BLOCK && rig_delivery_s(d) <= full_s) {
            if (d->drop > 0 && d->sent > 0 && check_uniform() < d->drop)
                rig_lose(d);
            else
                rig_append(d, &block, rig_stamp_ns(d));
        }
        if (block.n > 0)
            rig_push(rig, &block);
    }
}

static inline void rig_forget_errors(struct rig *rig)
{
    memset(rig->worst_s, 0, sizeof rig->worst_s);
    memset(rig->minute, 0, sizeof rig->minute);
    memset(rig->valid, 0, sizeof rig->valid);
    memset(rig->bridged, 0, sizeof rig->bridged);
    rig->worst_apart_s = 0;
}

static inline struct status_result rig_status(const struct rig *rig)
{
    struct status_result status = {0};
    align_status(rig->align, &status);
    const struct sample_counters *c = &status.counters;
    assert_int_equal(c->in, c->used + c->dropped + c->invalid + c->held);
    return status;
}

static inline struct status_result rig_finish(struct rig *rig)
{
    align_finish(rig->align);
    rig_drain(rig);
    struct status_result status = rig_status(rig);
    assert_int_equal(status.counters.held, 0);
    align_destroy(rig->align);
    return status;
}

static inline double rig_mean_s(const struct rig *rig, int device, int minute)
{
    const struct rig_minute *m = &rig->minute[device][minute];
    return m->n > 0 ? m->sum / (double)m->n : NAN;
}

static inline double rig_rms_s(const struct rig *rig, int device, int minute)
{
    const struct rig_minute *m = &rig->minute[device][minute];
    return m->n > 0 ? sqrt(m->square / (double)m->n) : NAN;
}

#endif
