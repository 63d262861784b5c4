// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/breath_filter.h"

#include "dsp/units.h"

#include "breathing/breath_history.h"

#include <math.h>
#include <string.h>

#define LOWEST_HZ 0.5
#define STEP      1.2
#define ROUND_UP  0.3 // of a step: a little too open costs less than a little too closed
#define TOLERATED 0.2 // of the cut-off, before another entry is taken
#define BRIDGE    12  // samples without a value that are bridged: 0.5 s

static void design(float *h, int half, double cut_hz)
{
    double sum = 0, tap[FILTER_TAPS_MAX];
    for (int k = -half; k <= half; k++) {
        double u = 2 * cut_hz / BREATH_HZ * k;
        double sinc = k == 0 ? 1 : sin(PI * u) / (PI * u);
        tap[k + half] = sinc * 0.5 * (1 + cos(PI * k / (half + 1)));
        sum += tap[k + half];
    }
    for (int k = 0; k <= 2 * half; k++)
        h[k] = (float)(tap[k] / sum);
}

void breath_filter_design(struct breath_filter *f)
{
    double cut_hz = LOWEST_HZ;
    for (int e = 0; e < FILTER_BANK; e++, cut_hz *= STEP) {
        f->cut_hz[e] = cut_hz;
        f->half[e] = (int)(BREATH_HZ / cut_hz);
        design(f->h[e], f->half[e], cut_hz);
    }
    breath_filter_reset(f);
}

void breath_filter_reset(struct breath_filter *f)
{
    memset(f->raw, 0, sizeof f->raw);
    memset(f->flags, 0, sizeof f->flags);
    memset(f->level, 0, sizeof f->level);
    memset(f->last, 0, sizeof f->last);
    f->missing[0] = f->missing[1] = BRIDGE + 1;
    f->n = 0;
}

static float bridged(struct breath_filter *f, int which, float x)
{
    if (!isfinite(x)) {
        if (f->missing[which] <= BRIDGE)
            f->missing[which]++;
        return f->last[which];
    }
    if (f->missing[which] > BRIDGE)
        f->level[which] = f->last[which] - x;
    f->missing[which] = 0;
    return f->last[which] = x + f->level[which];
}

void breath_filter_push(struct breath_filter *f, const float x[2])
{
    int64_t at = f->n & (FILTER_RAW - 1);
    bool was_dark = f->n > 0 && f->flags[(f->n - 1) & (FILTER_RAW - 1)] & FILTER_DARK;
    for (int w = 0; w < 2; w++)
        f->raw[w][at] = bridged(f, w, x[w]);
    bool chest = f->missing[0] <= BRIDGE, abdomen = f->missing[1] <= BRIDGE;
    f->flags[at] = (uint8_t)((chest ? FILTER_CHEST : 0) | (abdomen ? FILTER_ABDOMEN : 0));
    if (!chest && !abdomen)
        for (int back = 0; back <= (was_dark ? 0 : BRIDGE) && back <= f->n; back++)
            f->flags[(f->n - back) & (FILTER_RAW - 1)] |= FILTER_DARK;
    f->n++;
}

int breath_filter_choose(const struct breath_filter *f, int now, double want_hz)
{
    int best = (int)(log(want_hz / LOWEST_HZ) / log(STEP) + ROUND_UP);
    best = best < 0 ? 0 : best >= FILTER_BANK ? FILTER_BANK - 1 : best;
    bool far = best > now + 1 || best < now - 1;
    return far || fabs(log(want_hz / f->cut_hz[now])) > TOLERATED ? best : now;
}

unsigned breath_filter_at(const struct breath_filter *f, int entry, int64_t i, float y[2])
{
    int half = f->half[entry];
    const float *h = f->h[entry];
    for (int w = 0; w < 2; w++) {
        double sum = 0;
        for (int k = -half; k <= half; k++) {
            int64_t from = i + k > 0 ? i + k : 0; // before the first sample it was like the first
            sum += (double)(h[k + half] * f->raw[w][from & (FILTER_RAW - 1)]);
        }
        y[w] = (float)sum;
    }
    return f->flags[i & (FILTER_RAW - 1)];
}

double breath_filter_gain(const struct breath_filter *f, int entry, double hz)
{
    int half = f->half[entry];
    double gain = 0;
    for (int k = -half; k <= half; k++)
        gain += (double)f->h[entry][k + half] * cos(2 * PI * hz * k / BREATH_HZ);
    return fabs(gain);
}
