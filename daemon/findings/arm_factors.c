// SPDX-License-Identifier: GPL-3.0-or-later
// How the arms swing while running; what walking arms do has other limits, and nobody's back hurts from it.
#include "findings/assess.h"
#include "findings/reasons.h"

#include <math.h>

#define SETTLED_S      10.0 // of running: the window that a swing is measured over
#define RESOLUTION_DEG 0.1
#define RESOLUTION     0.01

// Whether the value can be judged; a says why not.
static bool arms_ready(const struct context *c, struct assessment *a, float value)
{
    const struct senses *s = c->senses;
    a->at_ns = s->arms_heard.at_ns;
    if (senses_doing_s(s, ACTIVITY_RUN) < SETTLED_S)
        a->unknown_of = WHY_NOT_RUNNING;
    else if (!senses_fresh(s, &s->arms_heard) || !isfinite(value))
        a->unknown_of = c->info->needs;
    return !a->unknown_of;
}

static void add_both(struct assessment *a, const struct context *c, const char *left_key, float left,
                     const char *right_key, float right)
{
    assess_evidence(a, left_key, (double)left, c->limits->notice);
    assess_evidence(a, right_key, (double)right, c->limits->notice);
}

// The arm that does it more counts; fmaxf and fminf pass a missing one over.
void assess_too_much(const struct context *c, struct assessment *a)
{
    const struct arms_result *arms = &c->senses->arms;
    float swing = fmaxf(arms->swing_left_deg, arms->swing_right_deg);
    if (!arms_ready(c, a, swing))
        return;
    assess_value(a, c->limits, (double)swing, RESOLUTION_DEG);
    add_both(a, c, "swing_left_deg", arms->swing_left_deg, "swing_right_deg", arms->swing_right_deg);
}

void assess_too_little(const struct context *c, struct assessment *a)
{
    const struct arms_result *arms = &c->senses->arms;
    float swing = fminf(arms->swing_left_deg, arms->swing_right_deg);
    if (!arms_ready(c, a, swing))
        return;
    assess_value(a, c->limits, (double)swing, RESOLUTION_DEG);
    add_both(a, c, "swing_left_deg", arms->swing_left_deg, "swing_right_deg", arms->swing_right_deg);
}

void assess_uneven(const struct context *c, struct assessment *a)
{
    const struct arms_result *arms = &c->senses->arms;
    if (!arms_ready(c, a, arms->asymmetry_pct))
        return;
    assess_value(a, c->limits, fabs((double)arms->asymmetry_pct), RESOLUTION_DEG);
    assess_evidence(a, "asymmetry_pct", (double)arms->asymmetry_pct,
                    copysign(c->limits->notice, (double)arms->asymmetry_pct));
    assess_evidence(a, "swing_left_deg", (double)arms->swing_left_deg, NAN);
    assess_evidence(a, "swing_right_deg", (double)arms->swing_right_deg, NAN);
}

void assess_crossing(const struct context *c, struct assessment *a)
{
    const struct arms_result *arms = &c->senses->arms;
    float crossing = fmaxf(arms->crossing_left_deg, arms->crossing_right_deg);
    if (!arms_ready(c, a, crossing))
        return;
    assess_value(a, c->limits, (double)crossing, RESOLUTION_DEG);
    add_both(a, c, "crossing_left_deg", arms->crossing_left_deg, "crossing_right_deg", arms->crossing_right_deg);
}

void assess_stiff(const struct context *c, struct assessment *a)
{
    const struct arms_result *arms = &c->senses->arms;
    if (!arms_ready(c, a, arms->stiffness))
        return;
    assess_value(a, c->limits, (double)arms->stiffness, RESOLUTION);
    assess_evidence(a, "stiffness", (double)arms->stiffness, c->limits->notice);
    assess_evidence(a, "swing_left_deg", (double)arms->swing_left_deg, NAN);
    assess_evidence(a, "swing_right_deg", (double)arms->swing_right_deg, NAN);
}
