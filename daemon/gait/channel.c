// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/channel.h"

#include <math.h>

// Keeps 20 Hz; what folds back on to 0–20 Hz at 100 Hz is above 80 Hz and 50 dB down.
#define FIR_TAPS   79
#define FIR_CUT_HZ 35.0

void channel_design(struct fir *fir)
{
    fir_design_low_pass(fir, FIR_TAPS, 1000.0, FIR_CUT_HZ);
}

static float magnitude(const float v[3])
{
    return sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

void channel_push(const struct fir *fir, struct channel *c, uint64_t at, const struct motion *m, int site)
{
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
    c->ring[at % CHANNEL_RING] = fir_output(fir, &c->fir);
    c->good[at % CHANNEL_RING] = (unsigned char)good;
}

float channel_window(const struct channel *c, uint64_t at, int n, float *out)
{
    int good = 0;
    for (int i = 0; i < n; i++) {
        uint64_t k = (at - (uint64_t)n + (uint64_t)i) % CHANNEL_RING;
        out[i] = c->ring[k];
        good += c->good[k];
    }
    return (float)good / (float)(n * FRAME_BLOCK_LEN);
}
