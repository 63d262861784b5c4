// SPDX-License-Identifier: GPL-3.0-or-later
// How the runner steps, from the means over the last twenty steps, once a second.
#include "findings/assess.h"
#include "findings/reasons.h"

#include <math.h>

#define STEPS         20   // of a gait result
#define SETTLED_S     15.0 // of running, so that the results are of running
#define CADENCE_TRUST 0.5F
#define RESOLUTION    0.1

#define BRAKING_FULL    0.05 // a step so much longer lets braking count in full
#define USUAL_RATIO_PCT 7.0  // vertical ratio of an easy runner

static bool moving(const struct senses *s)
{
    return s->activity == ACTIVITY_WALK || s->activity == ACTIVITY_RUN;
}

// Whether there are twenty steps to judge; a says why not.
static bool steps_ready(const struct context *c, struct assessment *a, bool running_only)
{
    const struct senses *s = c->senses;
    a->at_ns = s->gait_heard.at_ns;
    if (running_only && senses_doing_s(s, ACTIVITY_RUN) < SETTLED_S)
        a->unknown_of = WHY_NOT_RUNNING;
    else if (!moving(s))
        a->unknown_of = WHY_NOT_MOVING;
    else if (!senses_fresh(s, &s->gait_heard) || s->gait.steps < STEPS)
        a->unknown_of = WHY_FEW_STEPS;
    return !a->unknown_of;
}

struct pooled {
    double asymmetry, ci; // of forty steps; NaN: not known
};

// The newest twenty steps and the twenty before them share no step, so their mean has √2 less uncertainty.
static struct pooled pool(const struct senses *s, bool contact)
{
    struct pooled p = {NAN, NAN};
    double step_s = senses_step_s(s);
    unsigned back = isfinite(step_s) ? (unsigned)lround(STEPS * step_s) : GAIT_PAST;
    if (s->n_past <= back || back >= GAIT_PAST)
        return p;
    unsigned now = (s->n_past - 1) % GAIT_PAST, before = (s->n_past - 1 - back) % GAIT_PAST;
    // A stretch without steps lies between: these are other steps.
    if ((double)(s->past[now].heard_ns - s->past[before].heard_ns) / 1e9 > back + 2.0)
        return p;
    double a = (double)(contact ? s->past[now].contact : s->past[now].step);
    double b = (double)(contact ? s->past[before].contact : s->past[before].step);
    double a_ci = (double)(contact ? s->past[now].contact_ci : s->past[now].step_ci);
    double b_ci = (double)(contact ? s->past[before].contact_ci : s->past[before].step_ci);
    p.asymmetry = 0.5 * (a + b);
    p.ci = 0.5 * hypot(a_ci, b_ci);
    return p;
}

// What only hints at an imbalance by itself: half of it, unless two of them agree.
static void assess_hints(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    const struct findings_params *params = c->params;
    const struct posture_angles *mean = &s->posture.mean;
    const struct factor_limits *shoulders = &params->factor[FACTOR_UNEVEN_SHOULDERS];
    const double arms = senses_fresh(s, &s->arms_heard) ? fabs((double)s->arms.asymmetry_pct) : (double)NAN;
    const bool posture = senses_has_posture(s) && s->posture.slipped == 0;
    const struct criterion hint[] = {
        {arms, 0, 0, params->arms_notice_pct, params->arms_warn_pct, 1},
        {posture ? fabs((double)mean->shoulder_asymmetry_deg) : (double)NAN, 0, 0, shoulders->notice, shoulders->warn,
         0.1},
        {posture ? fabs((double)mean->trunk_side_lean_deg) : (double)NAN, 0, 0, params->side_lean_notice_deg,
         params->side_lean_warn_deg, 0.1},
    };
    struct assessment all = {0};
    int agree = 0;
    for (unsigned i = 0; i < sizeof hint / sizeof *hint; i++) {
        if (!isfinite(hint[i].value))
            continue;
        struct assessment one = {0};
        assess_criterion(&one, &hint[i]);
        assess_criterion(&all, &hint[i]);
        agree += one.keeps[NOTICE];
    }
    bool alone = agree < 2;
    a->score = fmaxf(a->score, alone ? fminf(all.score, 0.99F) : all.score);
    a->over[NOTICE] |= all.over[NOTICE];
    a->keeps[NOTICE] |= all.keeps[NOTICE];
    a->over[WARN] |= all.over[WARN] && !alone;
    a->keeps[WARN] |= all.keeps[WARN] && !alone;
    assess_evidence(a, "arm_asymmetry_pct", posture || isfinite(arms) ? (double)s->arms.asymmetry_pct : (double)NAN,
                    params->arms_notice_pct);
    assess_evidence(a, "shoulder_asymmetry_deg", (double)mean->shoulder_asymmetry_deg, shoulders->notice);
    assess_evidence(a, "trunk_side_lean_deg", (double)mean->trunk_side_lean_deg, params->side_lean_notice_deg);
}

// Step and contact time by themselves, their interval clear of the limit; arms, shoulders and side lean as hints.
void assess_left_right_asymmetry(const struct context *c, struct assessment *a)
{
    if (!steps_ready(c, a, false))
        return;
    const struct pooled step = pool(c->senses, false), contact = pool(c->senses, true);
    if (!isfinite(step.asymmetry) || !isfinite(step.ci)) {
        a->unknown_of = WHY_FEW_STEPS;
        return;
    }
    struct criterion criterion = {.value = fabs(step.asymmetry),
                                  .margin = step.ci,
                                  .notice = c->limits->notice,
                                  .warn = c->limits->warn,
                                  .resolution = RESOLUTION};
    assess_criterion(a, &criterion);
    criterion.value = fabs(contact.asymmetry);
    criterion.margin = contact.ci;
    if (isfinite(contact.asymmetry) && isfinite(contact.ci))
        assess_criterion(a, &criterion);
    assess_evidence(a, "step_asymmetry_pct", step.asymmetry, c->limits->notice);
    assess_evidence(a, "step_asymmetry_ci_pct", step.ci, NAN);
    assess_evidence(a, "contact_asymmetry_pct", contact.asymmetry, c->limits->notice);
    assess_hints(c, a);
}

// One quantity against the runner's usual at this speed, in per cent.
static void assess_change(const struct context *c, struct assessment *a, enum quantity quantity, double value,
                          const char *change_key)
{
    const struct usual_cell *usual = session_usual(c->session, quantity);
    if (!isfinite(value))
        a->unknown_of = c->info->needs;
    else if (!usual || !(usual->mean > 0))
        a->unknown_of = WHY_NO_USUAL;
    if (a->unknown_of)
        return;
    double change = 100 * (value / (double)usual->mean - 1);
    assess_value(a, c->limits, change, RESOLUTION);
    assess_evidence(a, change_key, change, c->limits->notice);
    assess_evidence(a, quantities[quantity].key, value, (double)usual->mean);
}

void assess_low_cadence(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    a->at_ns = s->cadence_heard.at_ns;
    if (senses_doing_s(s, ACTIVITY_RUN) < SETTLED_S)
        a->unknown_of = WHY_NOT_RUNNING;
    else if (!senses_fresh(s, &s->cadence_heard) || !(s->cadence.confidence >= CADENCE_TRUST))
        a->unknown_of = WHY_NO_CADENCE;
    if (!a->unknown_of)
        assess_change(c, a, QUANTITY_CADENCE, (double)s->cadence.cadence_spm, "cadence_change_pct");
}

// Against the runner's own step length and braking at this speed where they are known; else the index against runners.
void assess_long_step(const struct context *c, struct assessment *a)
{
    if (!steps_ready(c, a, true))
        return;
    const struct gait_result *g = &c->senses->gait;
    const struct usual_cell *length = session_usual(c->session, QUANTITY_STEP_LENGTH);
    const struct usual_cell *braking = session_usual(c->session, QUANTITY_BRAKING);
    if (length && length->mean > 0 && isfinite(g->step_length_m)) {
        double ratio = (double)(g->step_length_m / length->mean);
        double counts = fmin(fmax((ratio - 1) / BRAKING_FULL, 0), 1); // a hard landing alone is no long step
        if (braking && braking->mean > 0 && g->braking_g > 0)
            ratio *= 1 + counts * (sqrt((double)(g->braking_g / braking->mean)) - 1);
        const struct criterion own = {.value = ratio,
                                      .reference = 1,
                                      .notice = c->params->long_step_notice_ratio,
                                      .warn = c->params->long_step_warn_ratio,
                                      .resolution = 0.01};
        assess_criterion(a, &own);
        assess_evidence(a, "long_step_ratio", ratio, own.notice);
        assess_evidence(a, quantities[QUANTITY_STEP_LENGTH].key, (double)g->step_length_m, (double)length->mean);
        assess_evidence(a, quantities[QUANTITY_BRAKING].key, (double)g->braking_g,
                        braking ? (double)braking->mean : (double)NAN);
        return;
    }
    if (!isfinite(g->overstride_index)) {
        a->unknown_of = c->info->needs;
        return;
    }
    assess_value(a, c->limits, (double)g->overstride_index, RESOLUTION);
    assess_evidence(a, "overstride_index", (double)g->overstride_index, c->limits->notice);
    assess_evidence(a, quantities[QUANTITY_STEP_LENGTH].key, (double)g->step_length_m, NAN);
}

// The runner's own usual outranks the limit for everybody: some runners are high at every speed.
void assess_high_bounce(const struct context *c, struct assessment *a)
{
    if (!steps_ready(c, a, true))
        return;
    const struct gait_result *g = &c->senses->gait;
    const struct usual_cell *usual = session_usual(c->session, QUANTITY_VERTICAL_RATIO);
    double ratio = (double)g->vertical_ratio_pct;
    if (!isfinite(ratio)) {
        a->unknown_of = c->info->needs;
        return;
    }
    if (usual && usual->mean > 0) {
        double change = 100 * (ratio / (double)usual->mean - 1);
        const struct criterion own = {.value = change,
                                      .notice = c->params->bounce_notice_pct,
                                      .warn = c->params->bounce_warn_pct,
                                      .resolution = RESOLUTION};
        assess_criterion(a, &own);
        assess_evidence(a, "bounce_change_pct", change, c->params->bounce_notice_pct);
    } else {
        const struct criterion all = {.value = ratio,
                                      .reference = USUAL_RATIO_PCT,
                                      .notice = c->limits->notice,
                                      .warn = c->limits->warn,
                                      .resolution = RESOLUTION};
        assess_criterion(a, &all);
    }
    assess_evidence(a, "vertical_ratio_pct", ratio, usual ? (double)usual->mean : c->limits->notice);
    assess_evidence(a, "vertical_oscillation_mm", (double)g->vertical_oscillation_mm, NAN);
}

void assess_high_impact(const struct context *c, struct assessment *a)
{
    if (steps_ready(c, a, true))
        assess_change(c, a, QUANTITY_IMPACT, (double)c->senses->gait.impact_g, "impact_change_pct");
}

// How far the foot rolls in stance, or one foot more than the other.
void assess_foot_roll(const struct context *c, struct assessment *a)
{
    if (!steps_ready(c, a, false))
        return;
    float left = c->senses->gait.eversion_left_deg, right = c->senses->gait.eversion_right_deg;
    if (!isfinite(left) && !isfinite(right)) {
        a->unknown_of = c->info->needs;
        return;
    }
    assess_value(a, c->limits, (double)fmaxf(left, right), RESOLUTION); // fmaxf passes NaN over
    const struct criterion uneven = {.value = fabs((double)(left - right)),
                                     .notice = c->params->roll_notice_difference_deg,
                                     .warn = c->params->roll_warn_difference_deg,
                                     .resolution = RESOLUTION};
    if (isfinite(uneven.value))
        assess_criterion(a, &uneven);
    assess_evidence(a, "eversion_left_deg", (double)left, c->limits->notice);
    assess_evidence(a, "eversion_right_deg", (double)right, c->limits->notice);
    assess_evidence(a, "eversion_difference_deg", (double)(left - right), c->params->roll_notice_difference_deg);
}
