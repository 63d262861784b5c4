// SPDX-License-Identifier: GPL-3.0-or-later
// What the session's clocks tell, and what has changed in it: warm-up, water, breaks, fatigue.
#include "findings/assess.h"
#include "findings/reasons.h"

#include <math.h>

#define WARM_S        600.0 // of movement: then the body is warm, however it began
#define DRIFT_ANOTHER 0.1   // resolution, in practical sizes

// A run before the body was warm; or, meanwhile, a trunk that turns less than it usually does.
void assess_cold_start(const struct context *c, struct assessment *a)
{
    const struct senses *s = c->senses;
    const struct first_run *first = &s->first_run;
    double moved_s = session_history(c->session, NULL)->moved_s;
    a->at_ns = s->now_ns;
    assess_evidence(a, "easy_movement_min", (first->begun ? first->easy_s : moved_s) / 60, c->limits->notice);
    if (!first->begun || first->before_us) {
        a->unknown_of = first->begun ? WHY_RAN_BEFORE : WHY_NO_RUN;
        return;
    }
    if (moved_s >= WARM_S)
        return; // ok, whatever was
    assess_value(a, c->limits, first->easy_s / 60, 0.1);
    if (a->over[NOTICE])
        a->at_ns = first->begun_ns; // the cause set in with the run
    const struct usual_cell *usual = session_usual(c->session, QUANTITY_TRUNK_ROTATION);
    if (!usual || !(usual->mean > 0) || !isfinite(s->rotation_deg))
        return;
    const struct criterion stiff = {.value = 100 * (double)(s->rotation_deg / usual->mean),
                                    .reference = 100,
                                    .notice = c->params->cold_notice_rotation_pct,
                                    .warn = c->params->cold_warn_rotation_pct,
                                    .resolution = 1};
    assess_criterion(a, &stiff);
    assess_evidence(a, "trunk_rotation_range_deg", (double)s->rotation_deg, (double)usual->mean);
}

// No sensor here knows how much somebody has drunk: a timer, and it says so.
void assess_hydration_due(const struct context *c, struct assessment *a)
{
    double minutes = session_history(c->session, NULL)->since_drink_s / 60;
    a->at_ns = c->senses->now_ns;
    assess_value(a, c->limits, minutes, 0.1);
    assess_evidence(a, "running_since_drink_min", minutes, c->limits->notice);
}

void assess_sitting_long(const struct context *c, struct assessment *a)
{
    double minutes = session_now(c->session)->still_s / 60;
    a->at_ns = c->senses->now_ns;
    if (c->senses->activity == ACTIVITY_UNKNOWN) {
        a->unknown_of = WHY_NO_CADENCE;
        return;
    }
    assess_value(a, c->limits, minutes, 0.1);
    assess_evidence(a, "still_min", minutes, c->limits->notice);
}

// What drifted most against this session's own baseline, in sizes that matter for a runner.
void assess_drift(const struct context *c, struct assessment *a)
{
    const struct session_result *now = session_now(c->session);
    a->at_ns = c->senses->now_ns;
    if (!now->has_baseline) {
        a->unknown_of = WHY_NO_BASELINE;
        return;
    }
    double worst = NAN;
    bool drifted = false;
    int order[N_QUANTITIES], n = 0;
    double size[N_QUANTITIES];
    for (int q = 0; q < N_QUANTITIES; q++) {
        size[q] = fabs((double)(now->drift[q].change / session_practical(c->session, (enum quantity)q)));
        if (!isfinite(size[q]))
            continue;
        double counts =
            now->drift[q].drifted ? fmax(size[q], c->limits->notice) : fmin(size[q], 0.98 * c->limits->notice);
        worst = fmax(worst, counts);
        drifted |= now->drift[q].drifted;
        int i = n++;
        bool before = now->drift[q].drifted;
        for (; i > 0 && ((before && !now->drift[order[i - 1]].drifted) ||
                         (before == now->drift[order[i - 1]].drifted && size[q] > size[order[i - 1]]));
             i--)
            order[i] = order[i - 1];
        order[i] = q;
    }
    if (n == 0) {
        a->unknown_of = now->phase == PHASE_IDLE ? WHY_NOT_RUNNING : WHY_NO_USUAL;
        return;
    }
    assess_value(a, c->limits, worst, DRIFT_ANOTHER);
    for (int i = 0; drifted && i < n; i++)
        if (now->drift[order[i]].drifted && now->drift[order[i]].since_ns > 0)
            a->at_ns = a->at_ns < now->drift[order[i]].since_ns ? a->at_ns : now->drift[order[i]].since_ns;
    if (!drifted) // the statistics decide that there is none, and not how far it is from the limit
        a->keeps[NOTICE] = a->keeps[WARN] = false;
    for (int i = 0; i < n && i < EVIDENCE_MAX; i++)
        assess_evidence(a, quantities[order[i]].key, (double)now->drift[order[i]].value,
                        (double)now->baseline[order[i]].mean);
}
