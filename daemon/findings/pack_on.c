// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/pack_on.h"

#include <math.h>

#define BEFORE_TAU_S 30.0
#define WITH_TAU_S   5.0
#define ENOUGH_S     20.0 // of upright posture before the pack, and 5 s with it

void pack_on_init(struct pack_on *p)
{
    *p = (struct pack_on){0};
}

void pack_on_put(struct pack_on *p, bool on)
{
    if (p->on == on)
        return;
    p->on = on;
    p->with_s = p->with_deg = 0;
    if (!on)
        p->before_s = p->before_deg = 0;
}

// A plain average first, then exponential.
static void follow(double *mean, double *filled_s, double value, double tau_s, double step_s)
{
    *filled_s += step_s;
    *mean += (value - *mean) * step_s / fmin(*filled_s, tau_s);
}

void pack_on_step(struct pack_on *p, double side_lean_deg, double step_s)
{
    if (!isfinite(side_lean_deg))
        return;
    if (p->on)
        follow(&p->with_deg, &p->with_s, side_lean_deg, WITH_TAU_S, step_s);
    else
        follow(&p->before_deg, &p->before_s, side_lean_deg, BEFORE_TAU_S, step_s);
}

double pack_on_lean_deg(const struct pack_on *p)
{
    return p->on && p->before_s >= ENOUGH_S && p->with_s >= WITH_TAU_S ? p->with_deg - p->before_deg : NAN;
}
