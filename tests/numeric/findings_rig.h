// SPDX-License-Identifier: GPL-3.0-or-later
// A healthy runner as room findings sees one: the published outputs at their rates, every value as it should be. A test
// makes one of them bad and looks when the levels follow.
#ifndef POISE_TESTS_FINDINGS_RIG_H
#define POISE_TESTS_FINDINGS_RIG_H

#include "check.h"

#include "findings/findings.h"
#include "frames/frame_block.h"

#include <string.h>

#define RIG_HOP_FRAMES  50
#define RIG_SPEED_M_S   2.75
#define RIG_MEAN_LAG_S  0.7 // posture.mean covers two strides at 165 steps/min
#define RIG_SHOULDER_HZ 0.6 // the breath's

struct rig {
    struct findings *findings;
    int64_t index;
    double time_s;
    struct posture_result posture;
    struct cadence_result cadence;
    struct gait_result gait;
    struct breathing_result breathing;
    struct arms_result arms;
    struct pack_result pack;
    struct calibration_result calibration;
    double shoulder_deg;   // amplitude at the breath, in posture.now
    double breath_lag_s;   // breathing's t_s lies so far back
    double breath_s;       // when the last breath was told
    bool no_gait, no_arms; // these do not come
    struct finding_result last[N_FACTORS];
    double reached_s[N_FACTORS][4]; // when a level was last reached; -1: never
    int warned[N_FACTORS], said[N_FACTORS];
    bool any_session;
    struct session_result session;
};

static inline void rig_healthy(struct rig *r)
{
    memset(&r->posture, 0, sizeof r->posture);
    r->posture.calibrated = true;
    r->posture.mean.trunk_lean_deg = 6;
    r->posture.trunk_rotation_range_deg = 14;
    r->gait = (struct gait_result){.vertical_oscillation_mm = 80,
                                   .contact_ms = 250,
                                   .duty_factor = 0.36F,
                                   .vertical_ratio_pct = 8,
                                   .step_time_cv_pct = 2,
                                   .step_asymmetry_pct = 0.5F,
                                   .step_asymmetry_ci_pct = 1,
                                   .contact_asymmetry_pct = -0.5F,
                                   .contact_asymmetry_ci_pct = 1,
                                   .impact_g = 2.5F,
                                   .braking_g = 0.3F,
                                   .step_length_m = 1.0F,
                                   .overstride_index = 0.2F,
                                   .eversion_left_deg = 10,
                                   .eversion_right_deg = 10,
                                   .steps = 20};
    r->breathing = (struct breathing_result){.rate_bpm = 36,
                                             .confidence = 0.9F,
                                             .chest_deg = 3,
                                             .abdomen_deg = 3.5F,
                                             .chest_share = 0.46F,
                                             .interval_cv_pct = 8,
                                             .gait_overlap = 0};
    r->arms = (struct arms_result){55, 54, 2, 5, 5, 0.2F, 1.37F};
    r->pack = (struct pack_result){6, 10, 1, 1};
    r->shoulder_deg = 0.2;
}

static inline void rig_create(struct rig *r, const struct findings_params *params)
{
    memset(r, 0, sizeof *r);
    for (int f = 0; f < N_FACTORS; f++) {
        r->last[f].level = -1;
        for (int level = 0; level < 4; level++)
            r->reached_s[f][level] = -1;
    }
    assert_int_equal(findings_create(&r->findings, params), 0);
    r->index = 12 * RIG_HOP_FRAMES - 1;
    rig_healthy(r);
    r->calibration.calibrated = true;
    r->calibration.now.tall = SITE_BIT(N_SITES) - 1;
    r->cadence = (struct cadence_result){0, 0, 0.9F, 6, ACTIVITY_STILL};
}

static inline void rig_destroy(struct rig *r)
{
    findings_destroy(r->findings);
}

static inline void rig_defaults(struct findings_params *params)
{
    memset(params, 0, sizeof *params);
    for (size_t i = 0; i < n_findings_settings; i++)
        if (findings_settings[i].type == SETTING_REAL)
            *(double *)(void *)((char *)params + findings_settings[i].offset) = findings_settings[i].def;
}

// What this runner is usually like when running, at this belt.
static inline void rig_give_usual(struct rig *r)
{
    static struct runner_history history;
    static const struct {
        enum quantity quantity;
        float mean, sd;
    } usual[] = {
        {QUANTITY_CADENCE, 165, 1},          {QUANTITY_TRUNK_ROTATION, 14, 0.5F}, {QUANTITY_STEP_LENGTH, 1, 0.01F},
        {QUANTITY_VERTICAL_RATIO, 8, 0.1F},  {QUANTITY_IMPACT, 2.5F, 0.05F},      {QUANTITY_BRAKING, 0.3F, 0.01F},
        {QUANTITY_BREATHING_RATE, 36, 0.5F}, {QUANTITY_BREATH_DEPTH, 6.5F, 0.1F}, {QUANTITY_CHEST_FREE, 3, 0.1F},
    };
    memset(&history, 0, sizeof history);
    history.sessions = 3;
    history.updated_utc_ns = UTC_UNKNOWN_NS;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        history.before.cell[1][11][usual[i].quantity] = (struct usual_cell){usual[i].mean, usual[i].sd, 0.3F, 30};
    findings_set_history(r->findings, &history);
    findings_set_speed(r->findings, RIG_SPEED_M_S);
}

static inline void rig_take(struct rig *r, struct output *o, enum stream stream, double lag_s)
{
    o->stream = stream;
    o->t_ns = r->index * FRAME_PERIOD_NS - (int64_t)(lag_s * 1e9);
    findings_take(r->findings, o);
}

// Every breath is told once, and the beginning of the next one with it.
static inline void rig_breathe(struct rig *r)
{
    double period_s = 60 / (double)r->breathing.rate_bpm;
    if (!(r->time_s - r->breath_s >= period_s))
        return;
    struct output o = {.inspiration.interval_ms = (float)(1000 * period_s)};
    r->breath_s = r->time_s;
    rig_take(r, &o, STREAM_INSPIRATION, period_s);
}

static inline void rig_send(struct rig *r)
{
    struct output o = {.posture = r->posture};
    float lift = (float)(r->shoulder_deg * sin(2 * PI * RIG_SHOULDER_HZ * r->time_s));
    o.posture.now = r->posture.mean;
    o.posture.now.shoulder_elevation_left_deg += lift;
    o.posture.now.shoulder_elevation_right_deg += lift;
    rig_take(r, &o, STREAM_POSTURE, 0);
    rig_breathe(r);
    if ((r->index + 1) % 250 == 0) {
        o = (struct output){.cadence = r->cadence};
        rig_take(r, &o, STREAM_CADENCE, 0);
    }
    if ((r->index + 1) % 1000 != 0)
        return;
    o = (struct output){.gait = r->gait};
    if (!r->no_gait)
        rig_take(r, &o, STREAM_GAIT, 0);
    o = (struct output){.breathing = r->breathing};
    rig_take(r, &o, STREAM_BREATHING, r->breath_lag_s);
    o = (struct output){.arms = r->arms};
    if (!r->no_arms)
        rig_take(r, &o, STREAM_ARMS, 0);
    o = (struct output){.pack = r->pack};
    rig_take(r, &o, STREAM_PACK, 0);
    o = (struct output){.calibration = r->calibration};
    rig_take(r, &o, STREAM_CALIBRATION, 0);
}

static inline void rig_pull(struct rig *r)
{
    struct finding_result result;
    int64_t index;
    while (findings_pull(r->findings, &result, &index)) {
        struct finding_result *last = &r->last[result.factor];
        assert_int_equal(index, r->index);
        if (last->level != result.level) {
            r->reached_s[result.factor][result.level] = r->time_s;
            r->warned[result.factor] += result.level == LEVEL_WARN;
        }
        *last = result;
        r->said[result.factor]++;
    }
    if (findings_pull_session(r->findings, &r->session, &index))
        r->any_session = true;
}

static inline void rig_hop(struct rig *r)
{
    r->index += RIG_HOP_FRAMES;
    r->time_s = (double)(r->index + 1) / 1000;
    rig_send(r);
    findings_step(r->findings, r->index);
    rig_pull(r);
}

static inline void rig_run(struct rig *r, double seconds)
{
    for (int i = 0; i < (int)lround(seconds * 1000 / RIG_HOP_FRAMES); i++)
        rig_hop(r);
}

static inline void rig_do(struct rig *r, int activity, double seconds)
{
    r->cadence.activity = activity;
    r->cadence.cadence_spm = activity == ACTIVITY_RUN ? 165 : activity == ACTIVITY_WALK ? 112 : 0;
    rig_run(r, seconds);
}

static inline void rig_mark(struct rig *r, const char *text)
{
    struct command command = {.kind = COMMAND_MARK};
    snprintf(command.text, sizeof command.text, "%s", text);
    findings_command(r->findings, &command, r->index);
}

#endif
