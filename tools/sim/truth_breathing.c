// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/truth_breathing.h"

#include "sim/cough.h"

#include <math.h>

#define SPAN_S 20.0 // single breaths have lengths of their own: what a rate can be compared with

void truth_breathing_init(struct truth_breathing *breathing, struct body *body)
{
    *breathing = (struct truth_breathing){.body = body, .last_breath = -1, .last_hold = -1, .last_cough_s = -1};
}

static void begin_event(FILE *to, const char *event, double t_s, double mono_s)
{
    fprintf(to, "{\"event\":\"%s\",\"t_s\":%.4f,\"mono_s\":%.6f", event, t_s, mono_s + t_s);
}

// Peak to peak of this breath: what the scenario says when its inspiration is complete, times its own depth.
static double depth_deg(const struct truth_breathing *breathing, const struct breath *breath, enum phase_param param)
{
    return breath->depth *
           scenario_param(body_scenario(breathing->body), param, breath->start_s + breath->inspiration_s);
}

static void tell_breath(const struct truth_breathing *breathing, FILE *to, const struct breath *breath, double mono_s)
{
    begin_event(to, "inspiration", breath->start_s, mono_s);
    fprintf(to,
            ",\"inspiratory_ms\":%.3f,\"expiratory_ms\":%.3f,\"hold_ms\":%.3f,\"interval_ms\":%.3f,\"chest_deg\":%.3f,"
            "\"abdomen_deg\":%.3f,\"locked\":%s}\n",
            1e3 * breath->inspiration_s, 1e3 * (breath_active_s(breath) - breath->inspiration_s), 1e3 * breath->hold_s,
            1e3 * breath->period_s, depth_deg(breathing, breath, PARAM_BREATHING_CHEST_DEG),
            depth_deg(breathing, breath, PARAM_BREATHING_ABDOMEN_DEG), breath->locked ? "true" : "false");
}

static void tell_hold(FILE *to, const struct breath *breath, double mono_s)
{
    double until_s = breath->hold_from_s + breath->hold_s;
    begin_event(to, "hold", breath->hold_from_s, mono_s);
    fprintf(to, ",\"until_s\":%.4f,\"until_mono_s\":%.6f,\"hold_s\":%.4f,\"at\":\"%s\"}\n", until_s, mono_s + until_s,
            breath->hold_s, hold_at_names[breath->hold_at]);
}

void truth_breathing_tell(struct truth_breathing *breathing, FILE *to, double t_s, double mono_s)
{
    const struct breath *breath = breaths_at(body_breaths(breathing->body), t_s, &breathing->breath_hint);
    if (breath && breathing->breath_hint != breathing->last_breath) {
        breathing->last_breath = breathing->breath_hint;
        tell_breath(breathing, to, breath, mono_s);
    }
    if (breath && breath->hold_s > 0 && t_s >= breath->hold_from_s && breathing->breath_hint != breathing->last_hold) {
        breathing->last_hold = breathing->breath_hint;
        tell_hold(to, breath, mono_s);
    }
    struct cough cough;
    if (cough_find(body_scenario(breathing->body), t_s, &cough) && cough.start_s > breathing->last_cough_s) {
        breathing->last_cough_s = cough.start_s;
        begin_event(to, "cough", cough.start_s, mono_s);
        fprintf(to, ",\"until_s\":%.4f,\"until_mono_s\":%.6f,\"jerks\":%d}\n", cough.until_s, mono_s + cough.until_s,
                cough.jerks);
    }
}

// Since the start, with their fraction.
static double breaths_done(struct truth_breathing *breathing, double t_s, int64_t *hint)
{
    const struct breath *breath = breaths_at(body_breaths(breathing->body), t_s, hint);
    return breath ? (double)*hint + breath_phase(breath, t_s).turns : NAN;
}

static double steps_done(struct truth_breathing *breathing, double t_s, int64_t *hint)
{
    const struct timeline_step *step = timeline_step_at(body_timeline(breathing->body), t_s, hint);
    return step ? (double)*hint + timeline_phase(step, t_s).turns : NAN;
}

static void print_or_null(FILE *to, const char *key, double value)
{
    if (isfinite(value))
        fprintf(to, ",\"%s\":%.4f", key, value);
    else
        fprintf(to, ",\"%s\":null", key);
}

void truth_breathing_print_line(struct truth_breathing *breathing, FILE *to, double t_s, bool moving)
{
    const struct scenario *scenario = body_scenario(breathing->body);
    double from_s = fmax(0, t_s - SPAN_S / 2), until_s = t_s + SPAN_S / 2;
    double breaths = breaths_done(breathing, until_s, &breathing->late_hint) -
                     breaths_done(breathing, from_s, &breathing->early_hint);
    double steps = steps_done(breathing, until_s, &breathing->late_step_hint) -
                   steps_done(breathing, from_s, &breathing->early_step_hint);
    double chest_deg = scenario_param(scenario, PARAM_BREATHING_CHEST_DEG, t_s);
    double abdomen_deg = scenario_param(scenario, PARAM_BREATHING_ABDOMEN_DEG, t_s);
    double done = breaths_done(breathing, t_s, &breathing->breath_hint);
    const struct breath *breath = breaths_at(body_breaths(breathing->body), t_s, &breathing->breath_hint);
    double held_s = 0;
    if (breath && breath->hold_s > 0 && t_s >= breath->hold_from_s && t_s < breath->hold_from_s + breath->hold_s)
        held_s = t_s - breath->hold_from_s;
    fprintf(to, ",\"breathing_bpm\":%.3f,\"breaths\":%.4f,\"chest_deg\":%.3f,\"abdomen_deg\":%.3f",
            60 * breaths / (until_s - from_s), done, chest_deg, abdomen_deg);
    print_or_null(to, "chest_share", chest_deg + abdomen_deg > 0 ? chest_deg / (chest_deg + abdomen_deg) : NAN);
    fprintf(to, ",\"breathing_phase_deg\":%.2f", scenario_param(scenario, PARAM_BREATHING_PHASE_DEG, t_s));
    print_or_null(to, "steps_per_breath", moving && breaths > 0 ? steps / breaths : NAN);
    fprintf(to, ",\"hold_s\":%.3f,\"locked\":%s", held_s, breath && breath->locked ? "true" : "false");
}
