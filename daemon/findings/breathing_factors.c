// SPDX-License-Identifier: GPL-3.0-or-later
// How the runner breathes. A value describes a window whose centre is up to 31 s ago; at_ns says which instant.
#include "findings/assess.h"
#include "findings/reasons.h"

#include <math.h>

#define CONFIDENT  0.5F // of breathing.confidence
#define LIKE_RATE  0.2  // relative difference of breathing rates that compare
#define RESOLUTION 0.01

// Whether there is a breath to judge; a says why not.
static bool breath_ready(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    const struct breathing_result *b = &s->breathing;
    a->at_ns = s->breathing_heard.at_ns;
    if (!senses_fresh(s, &s->breathing_heard))
        a->unknown_of = c->info->needs;
    else if (b->gait_overlap == 1)
        a->unknown_of = WHY_BREATH_HIDDEN;
    else if (!isfinite(b->rate_bpm) || !(b->confidence >= CONFIDENT))
        a->unknown_of = WHY_NO_BREATH;
    else if (senses_doing_s(s, s->activity) < 2 * (double)(s->now_ns - a->at_ns) / 1e9)
        a->unknown_of = WHY_FEW_BREATHS; // the window reaches back into another activity, where all is different
    return !a->unknown_of;
}

// Depth of chest and abdomen against the runner's own at this speed. Shallow breathing is quick: slow small breaths are
// rest.
void assess_shallow_breathing(const struct context *c, struct assessment *a)
{
    if (!breath_ready(c, a))
        return;
    const struct breathing_result *b = &c->senses->breathing;
    const struct usual_cell *depth = session_usual(c->session, QUANTITY_BREATH_DEPTH);
    const struct usual_cell *rate = session_usual(c->session, QUANTITY_BREATHING_RATE);
    double now = (double)(b->chest_deg + b->abdomen_deg);
    if (!depth || !rate || !(depth->mean > 0) || !isfinite(now)) {
        a->unknown_of = isfinite(now) ? WHY_NO_USUAL : c->info->needs;
        return;
    }
    double share = 100 * now / (double)depth->mean;
    if (b->rate_bpm > rate->mean)
        assess_value(a, c->limits, share, 0.1);
    assess_evidence(a, "depth_deg", now, (double)depth->mean);
    assess_evidence(a, "depth_share_pct", share, c->limits->notice);
    assess_evidence(a, "rate_bpm", (double)b->rate_bpm, (double)rate->mean);
}

// The shoulders lift the chest: their movement with the breath against chest and abdomen, or nearly all in the chest.
void assess_accessory_breathing(const struct context *c, struct assessment *a)
{
    if (!breath_ready(c, a))
        return;
    const struct findings_params *params = c->params;
    const struct breathing_result *b = &c->senses->breathing;
    double lift = shoulders_breath_deg(&c->senses->shoulders, (double)b->rate_bpm, c->senses->breathing_heard.at_ns);
    double depth = (double)(isfinite(b->abdomen_deg) ? b->chest_deg + b->abdomen_deg : b->chest_deg);
    double ratio = depth > 0 ? lift / depth : (double)NAN, share = (double)b->chest_share;
    if (!isfinite(ratio) && !isfinite(share)) {
        a->unknown_of = c->info->needs;
        return;
    }
    if (isfinite(ratio))
        assess_value(a, c->limits, ratio, RESOLUTION);
    const struct criterion chest = {.value = share,
                                    .reference = 0.5,
                                    .notice = params->chest_notice_share,
                                    .warn = params->chest_warn_share,
                                    .resolution = RESOLUTION};
    if (isfinite(share))
        assess_criterion(a, &chest);
    assess_evidence(a, "shoulder_share", ratio, c->limits->notice);
    assess_evidence(a, "shoulder_lift_deg", lift, NAN);
    assess_evidence(a, "chest_share", share, params->chest_notice_share);
}

// Why the turning in the run says nothing now; NULL: it does.
static const char *why_no_rotation(const struct context *c)
{
    const struct senses *s = c->senses;
    if (senses_doing_s(s, ACTIVITY_RUN) < 10)
        return WHY_NOT_RUNNING;
    if (!senses_has_posture(s))
        return WHY_NOT_CALIBRATED;
    if (s->posture.slipped & (SITE_BIT(SITE_C7) | SITE_BIT(SITE_SACRUM)))
        return WHY_SLIPPED;
    return isfinite(s->rotation_deg) ? NULL : c->info->needs;
}

static void assess_rotation_in_the_run(const struct context *c, struct assessment *a)
{
    const struct usual_cell *usual = session_usual(c->session, QUANTITY_TRUNK_ROTATION);
    double range = (double)c->senses->rotation_deg;
    a->at_ns = c->senses->posture_heard.at_ns - (int64_t)(ROTATION_TAU_S * 1e9); // by which the smoothing lags
    assess_value(a, c->limits, range, RESOLUTION);
    assess_evidence(a, "trunk_rotation_range_deg", range, usual ? (double)usual->mean : c->limits->notice);
}

// What the runner can, besides what he does.
static void assess_assessed_rotation(const struct context *c, struct assessment *a)
{
    const float *side = c->senses->assessed_deg;
    const struct factor_limits limits = {c->params->assessed_notice_deg, c->params->assessed_warn_deg, 0};
    assess_value(a, &limits, (double)fminf(side[SIDE_LEFT], side[SIDE_RIGHT]), RESOLUTION);
    assess_evidence(a, "assessed_left_deg", (double)side[SIDE_LEFT], limits.notice);
    assess_evidence(a, "assessed_right_deg", (double)side[SIDE_RIGHT], limits.notice);
}

void assess_thoracic_immobility(const struct context *c, struct assessment *a)
{
    const char *why = why_no_rotation(c);
    bool assessed = isfinite(c->senses->assessed_deg[SIDE_LEFT]);
    if (why && !assessed)
        a->unknown_of = why;
    if (!why)
        assess_rotation_in_the_run(c, a);
    if (assessed)
        assess_assessed_rotation(c, a);
}

// By the newest sample: a hold is over before the window's centre has reached it.
void assess_breath_holding(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    double hold = (double)s->breathing.hold_now_s;
    if (!senses_fresh(s, &s->breathing_heard) || !isfinite(hold)) {
        a->unknown_of = s->breathing.gait_overlap == 1 ? WHY_BREATH_HIDDEN : WHY_NO_BREATH;
        return;
    }
    a->at_ns = s->breathing_heard.heard_ns;
    assess_value(a, c->limits, hold, 0.1);
    assess_evidence(a, "hold_s", hold, c->limits->notice);
}

// By the breaths themselves: very unequal ones have no line in the spectrum, so that its confidence is no condition.
void assess_irregular_breathing(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    double variation = (double)s->breathing.interval_cv_pct;
    if (!senses_fresh(s, &s->breathing_heard))
        a->unknown_of = c->info->needs;
    else if (s->breathing.gait_overlap == 1)
        a->unknown_of = WHY_BREATH_HIDDEN;
    else if (!isfinite(variation))
        a->unknown_of = WHY_NO_BREATH;
    else if (!senses_breaths(s, &a->at_ns)) // a new activity changes the rate: that is not uneven
        a->unknown_of = WHY_FEW_BREATHS;
    if (a->unknown_of)
        return;
    assess_value(a, c->limits, variation, 0.1);
    assess_evidence(a, "interval_cv_pct", variation, c->limits->notice);
}

// The chest with the vest against the chest without, at rates that compare.
void assess_vest_tight(const struct context *c, struct assessment *a)
{
    if (!session_history(c->session, NULL)->vest) {
        a->unknown_of = WHY_NO_VEST;
        return;
    }
    if (!breath_ready(c, a))
        return;
    const struct breathing_result *b = &c->senses->breathing;
    const struct usual_cell *chest = session_usual(c->session, QUANTITY_CHEST_FREE);
    const struct usual_cell *rate = session_usual(c->session, QUANTITY_BREATHING_RATE);
    if (!isfinite(b->chest_deg))
        a->unknown_of = c->info->needs;
    else if (!chest || !rate || !(chest->mean > 0))
        a->unknown_of = WHY_NO_USUAL;
    else if (fabs((double)(b->rate_bpm / rate->mean) - 1) > LIKE_RATE)
        a->unknown_of = WHY_OTHER_RATE;
    if (a->unknown_of)
        return;
    double change = 100 * ((double)(b->chest_deg / chest->mean) - 1);
    assess_value(a, c->limits, change, 0.1);
    assess_evidence(a, "chest_change_pct", change, c->limits->notice);
    assess_evidence(a, "chest_deg", (double)b->chest_deg, (double)chest->mean);
    assess_evidence(a, "rate_bpm", (double)b->rate_bpm, (double)rate->mean);
}
