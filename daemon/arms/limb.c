// SPDX-License-Identifier: GPL-3.0-or-later
#include "arms/limb.h"

#include "dsp/vec.h"

#include <string.h>

#define TAPS     (2 * LIMB_DELAY + 1)
#define CUT_HZ   3.6
#define COVERAGE 0.9

void limb_design(struct fir *fir)
{
    fir_design_low_pass(fir, TAPS, MOTION_RATE_HZ, CUT_HZ);
}

void limb_reset(struct limb *limb)
{
    memset(limb, 0, sizeof *limb);
}

static bool has_rate(const struct motion *m, int site)
{
    int n = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        n += (m->frame_valid[site][f] & FRAME_GYRO) != 0;
    return 2 * n > FRAME_BLOCK_LEN;
}

void limb_push(const struct fir *fir, struct limb *limb, const struct motion *m, int site, bool store, uint64_t at)
{
    bool measured = has_rate(m, site);
    if (measured)
        memcpy(limb->held, m->rate[site], sizeof limb->held);
    for (int i = 0; i < 3; i++)
        fir_push(fir, &limb->fir[i], limb->held[i]);
    if (!store)
        return;
    uint64_t k = at % LIMB_RING;
    for (int i = 0; i < 3; i++)
        limb->rate[k][i] = fir_output(fir, &limb->fir[i]);
    memcpy(limb->up[k], m->up[site], sizeof limb->up[k]);
    limb->measured[k] = measured;
    limb->upright_known[k] = m->valid & SITE_BIT(site);
}

// The turn from segment to level axes by the mean of up; false when up is not known well enough.
static bool level_turn(const struct limb *limb, uint64_t at, int n, double q[4])
{
    const double vertical[3] = {0, 0, 1};
    double up[3] = {0};
    int known = 0;
    for (int j = 1; j <= n; j++) {
        uint64_t k = (at - (uint64_t)j) % LIMB_RING;
        if (!limb->upright_known[k])
            continue;
        known++;
        for (int i = 0; i < 3; i++)
            up[i] += (double)limb->up[k][i];
    }
    double norm = vec3_norm(up);
    if (known < COVERAGE * n || !(norm > 0.5 * known)) // up went all round: there is no mean of it
        return false;
    for (int i = 0; i < 3; i++)
        up[i] /= norm;
    quat_between(up, vertical, q);
    return true;
}

bool limb_window(const struct limb *limb, uint64_t at, int n, float out[][3], bool *levelled)
{
    double mean[3] = {0}, q[4] = {1, 0, 0, 0};
    int measured = 0;
    for (int j = 0; j < n; j++) {
        uint64_t k = (at - (uint64_t)(n - j)) % LIMB_RING;
        measured += limb->measured[k];
        for (int i = 0; i < 3; i++)
            mean[i] += (double)limb->rate[k][i] / n;
    }
    *levelled = level_turn(limb, at, n, q);
    if (measured < COVERAGE * n)
        return false;
    for (int j = 0; j < n; j++) {
        uint64_t k = (at - (uint64_t)(n - j)) % LIMB_RING;
        double rate[3];
        for (int i = 0; i < 3; i++)
            rate[i] = (double)limb->rate[k][i] - mean[i];
        quat_rotate(q, rate, rate);
        for (int i = 0; i < 3; i++)
            out[j][i] = (float)rate[i];
    }
    return true;
}
