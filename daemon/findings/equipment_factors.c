// SPDX-License-Identifier: GPL-3.0-or-later
// What the runner carries: the pack. The vest is judged by the breath, the shoes by the feet.
#include "findings/assess.h"
#include "findings/reasons.h"

#include <math.h>

#define SETTLED_S      10.0
#define RESOLUTION_MM  1.0
#define RESOLUTION_DEG 0.1

void assess_pack_bounce(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    double bounce = (double)s->pack.bounce_mm;
    a->at_ns = s->pack_heard.at_ns;
    if (!senses_fresh(s, &s->pack_heard) || isnan(s->pack.side_tilt_deg))
        a->unknown_of = c->info->needs;
    else if (senses_doing_s(s, ACTIVITY_RUN) < SETTLED_S)
        a->unknown_of = WHY_NOT_RUNNING;
    else if (!isfinite(bounce))
        a->unknown_of = WHY_FEW_STEPS;
    if (a->unknown_of)
        return;
    assess_value(a, c->limits, bounce, RESOLUTION_MM);
    assess_evidence(a, "bounce_mm", bounce, c->limits->notice);
    assess_evidence(a, "lag_ms", (double)s->pack.lag_ms, NAN);
}

// The pack hangs to a side, or the runner leans to one since it is on.
void assess_pack_uneven(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    bool calibrated = senses_has_posture(s);
    bool slipped = s->posture.slipped & SITE_BIT(SITE_PACK);
    bool hangs = senses_fresh(s, &s->pack_heard) && calibrated && !slipped;
    double tilt = hangs ? (double)s->pack.side_tilt_deg : (double)NAN;
    double lean = calibrated && s->posture.slipped == 0 ? pack_on_lean_deg(&s->pack_on) : (double)NAN;
    if (!isfinite(tilt) && !isfinite(lean)) {
        a->unknown_of = slipped ? WHY_SLIPPED : c->info->needs;
        return;
    }
    a->at_ns = isfinite(tilt) ? s->pack_heard.at_ns : s->posture_heard.at_ns;
    if (isfinite(tilt))
        assess_value(a, c->limits, fabs(tilt), RESOLUTION_DEG);
    if (isfinite(lean))
        assess_value(a, c->limits, fabs(lean), RESOLUTION_DEG);
    assess_evidence(a, "side_tilt_deg", tilt, c->limits->notice);
    assess_evidence(a, "side_lean_since_pack_deg", lean, c->limits->notice);
}
