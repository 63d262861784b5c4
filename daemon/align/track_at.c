// SPDX-License-Identifier: GPL-3.0-or-later
// The value between samples.
#include "align/track_private.h"

#include <string.h>

// Through the four samples: each weight is a product of distances over another, one division for it.
static void lagrange4(const struct track_sample *const four[4], int64_t time_ns, float value[N_CHANNELS])
{
    double x[4], w[4], sum[N_CHANNELS];
    for (int k = 0; k < 4; k++)
        x[k] = (double)(four[k]->time_ns - time_ns);
    double d10 = x[1] - x[0], d20 = x[2] - x[0], d30 = x[3] - x[0], d21 = x[2] - x[1], d31 = x[3] - x[1],
           d32 = x[3] - x[2], early = x[0] * x[1], late = x[2] * x[3];
    const double over[4] = {x[1] * late, x[0] * late, early * x[3], early * x[2]},
                 under[4] = {d10 * d20 * d30, -d10 * d21 * d31, d20 * d21 * d32, -d30 * d31 * d32};
    for (int k = 0; k < 4; k++)
        w[k] = over[k] / under[k];
    const float *v0 = four[0]->value, *v1 = four[1]->value, *v2 = four[2]->value, *v3 = four[3]->value;
    for (int c = 0; c < N_CHANNELS; c++)
        sum[c] = w[0] * (double)v0[c] + w[1] * (double)v1[c] + w[2] * (double)v2[c] + w[3] * (double)v3[c];
    for (int c = 0; c < N_CHANNELS; c++)
        value[c] = (float)sum[c];
}

// The four samples from index i on; are they there, and of one unbroken piece?
static bool take_four(const struct track *t, uint64_t i, uint64_t placed, const struct track_sample *four[4])
{
    if (i + 3 >= placed || t->head - i > TRACK_HISTORY)
        return false;
    if (track_sample_const(t, i + 3)->unbroken < 3)
        return false;
    for (uint64_t k = 0; k < 4; k++)
        four[k] = track_sample_const(t, i + k);
    return true;
}

static void linear(const struct track *t, uint64_t i, int64_t time_ns, float value[N_CHANNELS])
{
    const struct track_sample *a = track_sample_const(t, i), *b = track_sample_const(t, i + 1);
    float f = (float)((double)(time_ns - a->time_ns) / (double)(b->time_ns - a->time_ns));
    for (int c = 0; c < N_CHANNELS; c++)
        value[c] = a->value[c] + f * (b->value[c] - a->value[c]);
}

// Centred where possible; beside a hole and at the end one-sided, but only over samples of the same piece.
static void interpolate(const struct track *t, uint64_t i, int64_t time_ns, float value[N_CHANNELS])
{
    uint64_t placed = track_placed(t);
    const struct track_sample *four[4];
    if ((i >= 1 && take_four(t, i - 1, placed, four)) || (i >= 2 && take_four(t, i - 2, placed, four)) ||
        take_four(t, i, placed, four))
        lagrange4(four, time_ns, value);
    else
        linear(t, i, time_ns, value);
}

static int clipped(const struct track_sample *a, const struct track_sample *b)
{
    return (a->acc_clipped || b->acc_clipped ? FRAME_ACC_CLIPPED : 0) |
           (a->gyro_clipped || b->gyro_clipped ? FRAME_GYRO_CLIPPED : 0);
}

int track_at(struct track *t, int64_t time_ns, int max_bridged, float value[N_CHANNELS])
{
    uint64_t placed = track_placed(t);
    if (placed == 0)
        return -1;
    while (t->cursor + 1 < placed && track_sample(t, t->cursor + 1)->time_ns <= time_ns)
        t->cursor++;
    uint64_t i = t->cursor;
    const struct track_sample *before = track_sample(t, i);
    if (before->time_ns > time_ns)
        return -1;
    if (before->time_ns == time_ns) {
        memcpy(value, before->value, sizeof before->value);
        return clipped(before, before);
    }
    if (i + 1 >= placed)
        return -1;
    const struct track_sample *after = track_sample(t, i + 1);
    if (after->missed > max_bridged)
        return -1;
    interpolate(t, i, time_ns, value);
    return clipped(before, after) | (after->missed > 0 ? FRAME_BRIDGED : 0);
}
