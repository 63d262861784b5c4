// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/channel.h"

#include <math.h>

// Keeps 20 Hz; what folds back on to 0–20 Hz at 100 Hz is above 80 Hz and 50 dB down.
#define FIR_TAPS   79
#define FIR_CUT_HZ 35.0
#define UP_TAU_S   2.0 // averages the strides, follows a lean

void channel_design(struct fir *fir)
{
    fir_design_low_pass(fir, FIR_TAPS, 1000.0, FIR_CUT_HZ);
}

static float magnitude(const float v[3])
{
    return sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static double dot(const double a[3], const float b[3])
{
    return a[0] * (double)b[0] + a[1] * (double)b[1] + a[2] * (double)b[2];
}

static void push_sides(struct channel *c, size_t k, const float acc[3], const float rate[3])
{
    double gain = c->up[0] == 0 && c->up[1] == 0 && c->up[2] == 0 ? 1 : 1 / (UP_TAU_S * MOTION_RATE_HZ), up[3];
    for (int i = 0; i < 3; i++)
        c->up[i] += gain * ((double)acc[i] - c->up[i]);
    double size = sqrt(c->up[0] * c->up[0] + c->up[1] * c->up[1] + c->up[2] * c->up[2]);
    for (int i = 0; i < 3; i++)
        up[i] = size > 0 ? c->up[i] / size : 0;
    // Two level axes: the one nearest to y, unless y is nearly upright itself, and the one square to it.
    int side = fabs(up[1]) < 0.9 ? 1 : 0;
    double across[3], length = sqrt(fmax(1 - up[side] * up[side], 1e-9));
    for (int i = 0; i < 3; i++)
        across[i] = ((i == side) - up[side] * up[i]) / length;
    double along[3] = {across[1] * up[2] - across[2] * up[1], across[2] * up[0] - across[0] * up[2],
                       across[0] * up[1] - across[1] * up[0]};
    c->side[CHANNEL_ACROSS][k] = (float)dot(across, acc);
    c->side[CHANNEL_ALONG][k] = (float)dot(along, acc);
    c->side[CHANNEL_TURN][k] = (float)dot(up, rate);
}

void channel_push(const struct fir *fir, struct channel *c, uint64_t at, const struct motion *m, int site)
{
    size_t k = at % CHANNEL_RING;
    bool foot = site == SITE_FOOT_LEFT || site == SITE_FOOT_RIGHT;
    // A foot's vertical acceleration has the step in it only through the floor; its swing is one peak per stride.
    float foot_signal = 0;
    if (foot)
        foot_signal = m->has_yaw & SITE_BIT(site) ? magnitude(m->rate[site]) : magnitude(m->acc[site]);
    int good = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        bool valid = m->frame_valid[site][f] & FRAME_ACC;
        good += valid;
        fir_push(fir, &c->fir, foot ? foot_signal : valid ? m->acc_up[site][f] : 0);
    }
    c->ring[k] = fir_output(fir, &c->fir);
    c->good[k] = (unsigned char)good;
    if (good > 0)
        push_sides(c, k, m->acc[site], m->rate[site]);
    else
        for (int s = 0; s < CHANNEL_SIDES; s++)
            c->side[s][k] = 0;
}

static void copy(const float *ring, uint64_t at, int n, float *out)
{
    for (int i = 0; i < n; i++)
        out[i] = ring[(at - (uint64_t)n + (uint64_t)i) % CHANNEL_RING];
}

float channel_window(const struct channel *c, uint64_t at, int n, float *out)
{
    int good = 0;
    copy(c->ring, at, n, out);
    for (int i = 0; i < n; i++)
        good += c->good[(at - (uint64_t)n + (uint64_t)i) % CHANNEL_RING];
    return (float)good / (float)(n * FRAME_BLOCK_LEN);
}

void channel_side_window(const struct channel *c, enum channel_side side, uint64_t at, int n, float *out)
{
    copy(c->side[side], at, n, out);
}
