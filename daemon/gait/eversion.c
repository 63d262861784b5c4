// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/eversion.h"

#include "dsp/stats.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define SAMPLE_S     0.01F
#define PUSHED_MIN   0.6F  // rad; a slap turns by less, nothing else in a stride turns so far toes down
#define PUSHED_FALL  0.5F  // of its fastest: push-off is over
#define FLAT_SHARE   0.12F // of push-off's fastest: slower is flat
#define BACK_SHARE   0.25F // turning toes up faster than this is swing, or a heel coming down
#define FLAT_SAMPLES 3
#define SLAP_RAD     0.1F // less is a swing that ends turning toes down
#define SLAP_SAMPLES 20   // lasts no longer
#define STANCES_MIN  3
#define OLD_SAMPLES  1000

void eversion_reset(struct eversion *e)
{
    memset(e, 0, sizeof *e);
}

static float at(const float ring[EVERSION_RING], uint64_t k)
{
    return ring[k % EVERSION_RING];
}

// Back from push-off's newest sample to the last flat one.
static uint64_t heel_off(const struct eversion *e, uint64_t first)
{
    uint64_t k = e->n - 1;
    while (k > first && at(e->turning, k) > FLAT_SHARE * e->fastest)
        k--;
    return k;
}

// Back over the flat sole and the slap before it; false: there were no such.
static bool find_contact(const struct eversion *e, uint64_t first, uint64_t last, uint64_t *contact)
{
    const float flat = FLAT_SHARE * e->fastest;
    uint64_t k = last;
    for (; at(e->turning, k) <= flat; k--)
        if (k <= first || at(e->turning, k) < -BACK_SHARE * e->fastest)
            return false;
    if (last - k < FLAT_SAMPLES)
        return false;
    uint64_t slap_end = k;
    float slap = 0;
    for (; at(e->turning, k) > flat; k--) {
        slap += at(e->turning, k) * SAMPLE_S;
        if (k <= first || slap_end - k >= SLAP_SAMPLES)
            return false;
    }
    *contact = k;
    return slap >= SLAP_RAD;
}

static void measure(struct eversion *e)
{
    const uint64_t first = e->n > EVERSION_RING ? e->n - EVERSION_RING : 0;
    const uint64_t last = heel_off(e, first);
    uint64_t contact;
    if (!find_contact(e, first, last, &contact))
        return;
    float low = INFINITY, high = -INFINITY;
    for (uint64_t k = contact; k <= last; k++) {
        float roll = at(e->roll, k);
        if (isnan(roll))
            return;
        low = fminf(low, roll);
        high = fmaxf(high, roll);
    }
    if (e->n - e->newest > OLD_SAMPLES)
        e->n_ranges = 0;
    memmove(e->range + 1, e->range, (EVERSION_STANCES - 1) * sizeof *e->range);
    e->range[0] = high - low;
    e->newest = e->n;
    if (e->n_ranges < EVERSION_STANCES)
        e->n_ranges++;
}

void eversion_push(struct eversion *e, float turning, float roll_deg)
{
    uint64_t k = e->n++;
    e->turning[k % EVERSION_RING] = turning;
    e->roll[k % EVERSION_RING] = roll_deg;
    if (!(turning > FLAT_SHARE * e->fastest)) {
        e->pushed = 0;
        e->fastest = fmaxf(turning, 0);
        return;
    }
    e->pushed += turning * SAMPLE_S;
    e->fastest = fmaxf(e->fastest, turning);
    if (e->pushed >= PUSHED_MIN && turning < PUSHED_FALL * e->fastest) {
        measure(e);
        e->pushed = -INFINITY; // once for each
    }
}

float eversion_deg(const struct eversion *e)
{
    if (e->n_ranges < STANCES_MIN || e->n - e->newest > OLD_SAMPLES)
        return NAN;
    return (float)median_f(e->range, (size_t)e->n_ranges);
}
