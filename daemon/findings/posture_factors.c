// SPDX-License-Identifier: GPL-3.0-or-later
// How the runner holds himself, against the calibrated stand or the tall reference, from posture.mean.
#include "findings/assess.h"
#include "findings/reasons.h"

#include <math.h>

#define UPRIGHT_DEG   45.0F // of lean forward or to a side: beyond, the trunk is bent over or lies
#define SITTING_DEG   10.0F // of lumbar flexion while still
#define RESOLUTION    0.01  // of the published angles
#define BEHIND_DEG    1.0F  // the trunk's line is behind the vertical
#define NEAR_RESTING  0.5F  // … and no longer is
#define SWAY_LUMBAR   5.0F  // extension and …
#define SWAY_THORACIC 6.0F  // … flexion at which swayback is 1

#define SPINE     (SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12))
#define SHOULDERS (SITE_BIT(SITE_C7) | SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT))

static bool upright(const struct posture_angles *mean)
{
    // What is not known is not held against the runner: the factor's own sites decide.
    return !(fabsf(mean->trunk_lean_deg) > UPRIGHT_DEG) && !(fabsf(mean->trunk_side_lean_deg) > UPRIGHT_DEG);
}

// Whether the angle can be judged; a says why not.
static bool posture_ready(const struct context *c, struct assessment *a, uint32_t sites, double value)
{
    const struct senses *s = c->senses;
    a->at_ns = s->posture_heard.at_ns;
    if (!senses_has_posture(s))
        a->unknown_of = WHY_NOT_CALIBRATED;
    else if (s->posture.slipped & sites)
        a->unknown_of = WHY_SLIPPED;
    else if (!isfinite(value))
        a->unknown_of = c->info->needs;
    else if (!upright(&s->posture.mean))
        a->unknown_of = WHY_NOT_UPRIGHT;
    return !a->unknown_of;
}

void assess_slouching(const struct context *c, struct assessment *a)
{
    double flexion = (double)c->senses->posture.mean.thoracic_flexion_deg;
    if (!posture_ready(c, a, SPINE, flexion))
        return;
    assess_value(a, c->limits, flexion, RESOLUTION);
    assess_evidence(a, "thoracic_flexion_deg", flexion, c->limits->notice);
}

void assess_forward_head(const struct context *c, struct assessment *a)
{
    const struct posture_angles *mean = &c->senses->posture.mean;
    double forward = (double)(mean->neck_flexion_deg + 0.5F * mean->thoracic_flexion_deg);
    if (!posture_ready(c, a, SPINE | SITE_BIT(SITE_HEAD), forward))
        return;
    assess_value(a, c->limits, forward, RESOLUTION);
    assess_evidence(a, "forward_head_deg", forward, c->limits->notice);
    assess_evidence(a, "neck_flexion_deg", (double)mean->neck_flexion_deg, 0);
    assess_evidence(a, "thoracic_flexion_deg", (double)mean->thoracic_flexion_deg, 0);
}

void assess_rounded_shoulders(const struct context *c, struct assessment *a)
{
    double protraction = (double)c->senses->posture.mean.shoulder_protraction_deg;
    if (!posture_ready(c, a, SHOULDERS, protraction))
        return;
    assess_value(a, c->limits, protraction, RESOLUTION);
    assess_evidence(a, "shoulder_protraction_deg", protraction, c->limits->notice);
}

// The hollow lower back, the round upper one and the trunk's line behind the vertical belong together: the least of
// the three counts.
void assess_swayback(const struct context *c, struct assessment *a)
{
    const struct posture_angles *mean = &c->senses->posture.mean;
    float both = fminf(-mean->lumbar_flexion_deg / SWAY_LUMBAR, mean->thoracic_flexion_deg / SWAY_THORACIC);
    float known = mean->lumbar_flexion_deg + mean->thoracic_flexion_deg + mean->trunk_lean_deg;
    if (!posture_ready(c, a, SPINE | SITE_BIT(SITE_SACRUM), (double)known))
        return;
    float behind = (-mean->trunk_lean_deg - NEAR_RESTING) / (BEHIND_DEG - NEAR_RESTING); // 1 where it counts in full
    double index = (double)(both * fminf(fmaxf(behind, 0), 1));
    assess_value(a, c->limits, index, 0.05);
    assess_evidence(a, "swayback", index, c->limits->notice);
    assess_evidence(a, "lumbar_flexion_deg", (double)mean->lumbar_flexion_deg, 0);
    assess_evidence(a, "thoracic_flexion_deg", (double)mean->thoracic_flexion_deg, 0);
    assess_evidence(a, "trunk_lean_deg", (double)mean->trunk_lean_deg, 0);
}

void assess_uneven_shoulders(const struct context *c, struct assessment *a)
{
    double asymmetry = (double)c->senses->posture.mean.shoulder_asymmetry_deg;
    if (!posture_ready(c, a, SHOULDERS, asymmetry))
        return;
    assess_value(a, c->limits, fabs(asymmetry), RESOLUTION);
    assess_evidence(a, "shoulder_asymmetry_deg", asymmetry, copysign(c->limits->notice, asymmetry));
}

void assess_raised_shoulders(const struct context *c, struct assessment *a)
{
    const struct posture_angles *mean = &c->senses->posture.mean;
    float left = mean->shoulder_elevation_left_deg, right = mean->shoulder_elevation_right_deg;
    double raised = 0.5 * (double)(left + right);
    if (!posture_ready(c, a, SHOULDERS, raised))
        return;
    assess_value(a, c->limits, raised, RESOLUTION);
    assess_evidence(a, "shoulder_elevation_deg", raised, c->limits->notice);
    assess_evidence(a, "shoulder_elevation_left_deg", (double)left, 0);
    assess_evidence(a, "shoulder_elevation_right_deg", (double)right, 0);
}

void assess_lateral_curvature(const struct context *c, struct assessment *a)
{
    double bend = (double)c->senses->posture.mean.lateral_bend_deg;
    if (!posture_ready(c, a, SITE_BIT(SITE_C7) | SITE_BIT(SITE_SACRUM), bend))
        return;
    assess_value(a, c->limits, fabs(bend), RESOLUTION);
    assess_evidence(a, "lateral_bend_deg", bend, copysign(c->limits->notice, bend));
}

void assess_hyperkyphosis(const struct context *c, struct assessment *a)
{
    double flexion = (double)c->senses->posture.mean.thoracic_flexion_deg;
    double tall = (double)c->senses->tall.thoracic_flexion_deg;
    if (!posture_ready(c, a, SPINE, flexion))
        return;
    if (!c->senses->has_tall || !isfinite(tall)) {
        a->unknown_of = WHY_NO_TALL;
        return;
    }
    assess_value(a, c->limits, flexion - tall, RESOLUTION);
    assess_evidence(a, "above_tall_deg", flexion - tall, c->limits->notice);
    assess_evidence(a, "thoracic_flexion_deg", flexion, tall);
}

// Running, the whole trunk leans: what the pelvis leans with it is no tilt of its own.
void assess_pelvic_tilt(const struct context *c, struct assessment *a)
{
    const struct posture_angles *mean = &c->senses->posture.mean, *tall = &c->senses->tall;
    double tilt = (double)mean->pelvic_tilt_deg;
    if (!posture_ready(c, a, SITE_BIT(SITE_SACRUM), tilt))
        return;
    if (!c->senses->has_tall || !isfinite(tall->pelvic_tilt_deg)) {
        a->unknown_of = WHY_NO_TALL;
        return;
    }
    if (c->senses->activity == ACTIVITY_STILL && mean->lumbar_flexion_deg > SITTING_DEG) {
        a->unknown_of = WHY_SITTING;
        return;
    }
    float lean = c->senses->activity == ACTIVITY_RUN ? mean->trunk_lean_deg - tall->trunk_lean_deg : 0;
    double against = tilt - (double)tall->pelvic_tilt_deg - (lean > 0 ? (double)lean : 0);
    assess_value(a, c->limits, fabs(against), RESOLUTION);
    assess_evidence(a, "against_tall_deg", against, copysign(c->limits->notice, against));
    assess_evidence(a, "pelvic_tilt_deg", tilt, (double)tall->pelvic_tilt_deg);
}
