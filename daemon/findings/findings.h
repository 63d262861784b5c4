// SPDX-License-Identifier: GPL-3.0-or-later
// Room findings: the other rooms' results, the session's commands and the runner's history → findings and the session's
// phase. In: every output of the rooms before it, as published, and the grid's time; so whoever reads the stream could
// do the same. It looks at 5 Hz. Out: a finding when its level changes and every 10 s, the session on a change and
// every 5 s, and the history to be kept. Definitions, limits and their sources: docs/findings.md. Pipeline thread;
// RT-safe after create; a pure function of what it is given.
#ifndef POISE_FINDINGS_FINDINGS_H
#define POISE_FINDINGS_FINDINGS_H

#include "core/setting.h"
#include "frames/finding.h"
#include "frames/log_event.h"
#include "frames/output.h"

// Limits of one factor, in its own unit, which stands in the key of its settings ("findings.slouching.warn_deg"). A
// third of hold_s is enough for a notice.
struct factor_limits {
    double notice, warn, hold_s;
};

struct findings_params {
    struct factor_limits factor[N_FACTORS];
    // Further limits of single factors.
    double arms_notice_pct, arms_warn_pct;                       // left_right_asymmetry: of the arms
    double side_lean_notice_deg, side_lean_warn_deg;             // … of the trunk
    double cold_notice_rotation_pct, cold_warn_rotation_pct;     // cold_start: of the usual rotation
    double chest_notice_share, chest_warn_share;                 // accessory_breathing
    double long_step_notice_ratio, long_step_warn_ratio;         // against the runner's own steps
    double bounce_notice_pct, bounce_warn_pct;                   // … own vertical ratio
    double assessed_notice_deg, assessed_warn_deg;               // thoracic_immobility: turned to a side, seated
    double roll_notice_difference_deg, roll_warn_difference_deg; // foot_roll: left against right
    bool vest;                                                   // worn from the start
    char on_finding[256];                                        // program to run, "" for none
    double on_finding_limit_s;
};
extern const struct setting findings_settings[], equipment_settings[];
extern const size_t n_findings_settings, n_equipment_settings;

struct factor_limits findings_default_limits(enum factor factor);
// A warn limit must be worse than its notice limit. 0 or -EINVAL with a sentence.
__attribute__((warn_unused_result)) int findings_check(const struct findings_params *params, char *error, size_t size);

struct findings;

__attribute__((warn_unused_result)) int findings_create(struct findings **out, const struct findings_params *params);
void findings_destroy(struct findings *findings); // accepts NULL

// What the log says, in its order.
void findings_set_history(struct findings *findings, const struct runner_history *history);
void findings_set_utc(struct findings *findings, int64_t utc_minus_mono_ns);
void findings_set_speed(struct findings *findings, double speed_m_s); // the belt's by the configuration; 0: not known
// Speed, session and marks ("drink", "vest on", "vest off", "pack on", "pack off" mean something); index: newest frame.
void findings_command(struct findings *findings, const struct command *command, int64_t index);

void findings_take(struct findings *findings, const struct output *output); // every output but its own, in order
void findings_step(struct findings *findings, int64_t index);               // a block has gone through all rooms

bool findings_pull(struct findings *findings, struct finding_result *result, int64_t *index);
bool findings_pull_session(struct findings *findings, struct session_result *result, int64_t *index);

// To be kept; *changes is raised when it is worth writing anew (at most once a minute, and when a session ends).
const struct runner_history *findings_history(const struct findings *findings, uint32_t *changes);

#endif
