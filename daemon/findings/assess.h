// SPDX-License-Identifier: GPL-3.0-or-later
// One factor at one instant: how bad it is against its limits, with the numbers that say so, or why it cannot be told.
// A factor may have several criteria; the worst one counts. Internal to the room. RT-safe.
#ifndef POISE_FINDINGS_ASSESS_H
#define POISE_FINDINGS_ASSESS_H

#include "findings/findings.h"
#include "findings/senses.h"
#include "findings/session.h"
#include "frames/finding.h"

enum { NOTICE, WARN, N_RAISED };

struct assessment {
    const char *unknown_of; // static; not NULL: no answer, the rest but the evidence means nothing
    float score;
    bool over[N_RAISED];  // beyond the limit
    bool keeps[N_RAISED]; // not yet back from it by the hysteresis
    int64_t at_ns;        // the instant that this describes
    int n_evidence;
    struct evidence evidence[EVIDENCE_MAX];
};

struct context {
    const struct findings_params *params;
    const struct senses *senses;
    const struct session *session;
    const struct factor_limits *limits; // of the factor
    const struct factor_info *info;
};

// One value against its limits. Larger is worse where warn is above notice, else smaller is.
struct criterion {
    double value;     // best estimate
    double margin;    // by how much it is uncertain: it must be clear of a limit by that to be beyond it
    double reference; // where the score is 0
    double notice, warn;
    double resolution; // hysteresis is 15 % of a limit's distance from the reference and at least this
};
void assess_criterion(struct assessment *a, const struct criterion *criterion);
// The plain case: limits of the factor, score 0 at 0 or, where 0 is on the bad side, as far on the good side of
// `notice` as `warn` is on the bad one.
void assess_value(struct assessment *a, const struct factor_limits *limits, double value, double resolution);
// 0 at the reference, 0.5 at notice, 1 at warn, linear, 0 … 2.
float assess_score(const struct criterion *criterion);
void assess_evidence(struct assessment *a, const char *key, double value, double reference);

// The factors, each from what was published.
typedef void assess_fn(const struct context *c, struct assessment *a);
assess_fn assess_slouching, assess_forward_head, assess_rounded_shoulders, assess_swayback, assess_uneven_shoulders,
    assess_raised_shoulders, assess_lateral_curvature, assess_hyperkyphosis, assess_pelvic_tilt;
assess_fn assess_shallow_breathing, assess_accessory_breathing, assess_thoracic_immobility, assess_breath_holding,
    assess_irregular_breathing, assess_vest_tight;
assess_fn assess_left_right_asymmetry, assess_low_cadence, assess_long_step, assess_high_bounce, assess_high_impact,
    assess_foot_roll;
assess_fn assess_too_much, assess_too_little, assess_uneven, assess_crossing, assess_stiff;
assess_fn assess_pack_bounce, assess_pack_uneven;
assess_fn assess_cold_start, assess_hydration_due, assess_sitting_long, assess_drift;

#endif
