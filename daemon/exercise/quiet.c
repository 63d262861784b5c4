// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/quiet.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define RATE_KEEP    0.98F // per block: 0.5 s
#define UP_KEEP      0.98F
#define RATE_DEG_S   6.0F // a deep breath turns the chest by less
#define UP_APART_DEG 2.0F

void quiet_reset(struct quiet *q)
{
    memset(q, 0, sizeof *q);
}

// A site that is new starts from what it reads.
static bool is_moving(struct quiet *q, const struct motion *m, int s)
{
    bool gyro = m->has_yaw & SITE_BIT(s);
    float keep = !(q->seen & SITE_BIT(s)) ? 0 : gyro ? RATE_KEEP : UP_KEEP, size = 0;
    q->seen |= SITE_BIT(s);
    for (int i = 0; i < 3; i++) {
        float rate = gyro ? m->rate[s][i] * (float)DEG_PER_RAD : 0;
        q->rate_deg_s[s][i] = keep * q->rate_deg_s[s][i] + (1 - keep) * rate;
        q->up[s][i] = keep * q->up[s][i] + (1 - keep) * m->up[s][i];
        float off = gyro ? q->rate_deg_s[s][i] : (m->up[s][i] - q->up[s][i]) * (float)DEG_PER_RAD;
        size += off * off;
    }
    return sqrtf(size) > (gyro ? RATE_DEG_S : UP_APART_DEG);
}

void quiet_step(struct quiet *q, const struct motion *m, uint32_t sites)
{
    bool moving = (sites & m->valid) == 0;
    for (int s = 0; s < N_SITES; s++)
        if (sites & m->valid & SITE_BIT(s) && is_moving(q, m, s))
            moving = true;
    q->blocks = moving ? 0 : q->blocks + 1;
}
