// SPDX-License-Identifier: GPL-3.0-or-later
// What align knows of its sources, for `status`, and its settings.
#include "align/align_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STALLED_NS INT64_C(500000000)

const struct setting align_settings[] = {
    {.key = "deadline_ms",
     .type = SETTING_REAL,
     .offset = offsetof(struct align_params, deadline_ms),
     .unit = "ms",
     .def = 60,
     .min = 10,
     .max = 1000,
     .sentence =
         "How long the other sites wait for a late one before they go on without it. Small values lose samples of "
         "a slow link, large ones add to the latency when a site fails."},
    {.key = "max_bridged",
     .type = SETTING_INT,
     .offset = offsetof(struct align_params, max_bridged),
     .def = 5,
     .min = 0,
     .max = 5,
     .sentence = "So many missing samples in a row are interpolated over and flagged; longer gaps are left out."},
    {.key = "start_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct align_params, start_s),
     .unit = "s",
     .def = 0.25,
     .min = 0.05,
     .max = 1.0,
     .sentence = "Length of stamps from which a sensor's true rate is first estimated."},
    {.key = "clock_memory_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct align_params, clock_memory_s),
     .unit = "s",
     .def = 40,
     .min = 1,
     .max = 600,
     .sentence = "Time constant of the estimate of a sensor's rate: small values follow temperature, large ones "
                 "average jitter away."},
};
const size_t n_align_settings = sizeof align_settings / sizeof *align_settings;

// A split sensor is as well as its worse half.
static void add_device(const struct align *a, int slot, struct site_status *site, int *worst)
{
    static const int rank[] = {[DEVICE_WAITING] = 2, [DEVICE_RUNNING] = 1, [DEVICE_LOST] = 3, [DEVICE_DROPPED] = 0};
    static const int state[] = {[DEVICE_WAITING] = SITE_STATE_WAITING,
                                [DEVICE_RUNNING] = SITE_STATE_RUNNING,
                                [DEVICE_LOST] = SITE_STATE_LOST,
                                [DEVICE_DROPPED] = SITE_STATE_RUNNING};
    if (rank[a->device[slot].state] <= *worst)
        return;
    *worst = rank[a->device[slot].state];
    site->state = state[a->device[slot].state];
    memcpy(site->reason, a->device[slot].reason, REASON_MAX);
}

// What the sources of a site have against it.
struct flaws {
    bool stalled, stands_still, delivered;
};

static void add_source(const struct align *a, const struct track *t, int64_t now, struct status_result *status,
                       struct flaws *flaws)
{
    struct site_status *site = &status->site[t->desc.site];
    struct sample_counters *c = &status->counters;
    uint64_t held = a->finished ? 0 : track_held(t);
    c->in += t->in + t->dropped;
    c->used += t->head - held;
    c->held += held;
    c->dropped += t->dropped;
    c->invalid += t->invalid;
    site->gaps += t->gaps;
    site->missed += t->missed;
    site->saturated += t->saturated;
    if (t->started) {
        double rate_hz = 1e9 / t->clock.fit.period_ns;
        site->rate_hz = (float)rate_hz;
        site->ppm = t->desc.rate_hz > 0 ? (float)((rate_hz / t->desc.rate_hz - 1) * 1e6) : NAN;
        site->jitter_us = fmaxf(site->jitter_us, (float)(t->clock.fit.jitter_ns / 1e3)); // of the worse half
    }
    if (t->desc.channel_mask & CHANNELS_GYRO)
        status->with_gyro |= SITE_BIT(t->desc.site);
    int64_t last = track_last_ns(t); // none when its device was lost, which the device's state says
    if (last != INT64_MIN && now - last > STALLED_NS + align_longest_wait_ns(a, t))
        flaws->stalled = true;
    flaws->stands_still = flaws->stands_still || t->stands_still;
    flaws->delivered = flaws->delivered || t->in > 0;
}

void align_status(const struct align *a, struct status_result *status)
{
    memset(&status->counters, 0, sizeof status->counters);
    status->configured = status->measuring = status->with_gyro = 0;
    int64_t now = align_now_ns(a);
    struct flaws flaws[N_SITES] = {0};
    for (int s = 0; s < N_SITES; s++) {
        memset(&status->site[s], 0, sizeof status->site[s]);
        status->site[s].rate_hz = status->site[s].ppm = status->site[s].jitter_us = NAN;
    }
    for (int i = 0; i < MAX_SOURCES; i++)
        if (a->track[i].open) {
            int site = a->track[i].desc.site;
            status->configured |= SITE_BIT(site);
            add_source(a, &a->track[i], now, status, &flaws[site]);
        }
    int worst[N_SITES] = {0};
    for (int i = 0; i < DEVICE_SLOTS; i++)
        if (a->device[i].known) {
            status->configured |= SITE_BIT(a->device[i].site);
            add_device(a, i, &status->site[a->device[i].site], &worst[a->device[i].site]);
        }
    for (int s = 0; s < N_SITES; s++) {
        struct site_status *site = &status->site[s];
        if (worst[s] > 1 || !(status->configured & SITE_BIT(s))) // waiting or lost: said already
            continue;
        bool stalled = flaws[s].stalled || flaws[s].stands_still;
        site->state = !flaws[s].delivered ? SITE_STATE_WAITING : stalled ? SITE_STATE_STALLED : SITE_STATE_RUNNING;
        if (site->state == SITE_STATE_RUNNING)
            status->measuring |= SITE_BIT(s);
        if (site->state == SITE_STATE_STALLED)
            snprintf(site->reason, REASON_MAX, "%s",
                     flaws[s].stands_still ? "its values stand still: the sensor or its bus is stuck; they are not used"
                                           : "no samples while other sensors deliver");
    }
    status->counters.frames = a->frames;
}
