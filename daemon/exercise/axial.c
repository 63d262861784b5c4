// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/axial.h"

#include "dsp/vec.h"

#include <string.h>

#define BLOCK_S     (1.0 / MOTION_RATE_HZ)
#define LYING_UP    0.64 // of up along z, below which a segment lies: 50° from the vertical
#define ACROSS      0.5  // of up across z: with less of it gravity hardly tells the angle
#define GRAVITY_TAU 0.5  // s, over which gravity takes the drift out

static double across_rad(const float up[3])
{
    return atan2((double)up[1], (double)up[0]);
}

void axial_rest(struct axial *a, const struct motion *m, int site)
{
    memset(a, 0, sizeof *a);
    a->lying = fabs((double)m->up[site][2]) < LYING_UP;
    a->at_rest_rad = across_rad(m->up[site]);
}

bool axial_serves(const struct axial *a, const struct motion *m, int site)
{
    return m->valid & SITE_BIT(site) && (a->lying || m->has_yaw & SITE_BIT(site));
}

static double seen_deg(const struct axial *a, const float up[3])
{
    double off = -(across_rad(up) - a->at_rest_rad) * DEG_PER_RAD - a->angle_deg;
    return a->angle_deg + off - 360 * round(off / 360);
}

void axial_found(struct axial *a, const struct motion *m, int site)
{
    if (a->lying)
        a->angle_deg = seen_deg(a, m->up[site]);
}

void axial_step(struct axial *a, const struct motion *m, int site)
{
    const float *up = m->up[site], *rate = m->rate[site];
    bool gyro = m->has_yaw & SITE_BIT(site);
    a->rate_deg_s = 0;
    for (int i = a->lying ? 2 : 0; i < 3 && gyro; i++)
        a->rate_deg_s += (a->lying ? 1 : (double)up[i]) * (double)rate[i] * DEG_PER_RAD;
    a->angle_deg += a->rate_deg_s * BLOCK_S;
    if (!a->lying || hypot((double)up[0], (double)up[1]) < ACROSS)
        return;
    a->angle_deg += (seen_deg(a, up) - a->angle_deg) * (gyro ? BLOCK_S / GRAVITY_TAU : 1);
}

void axial_bridge(struct axial *a)
{
    a->angle_deg += a->rate_deg_s * BLOCK_S;
}
