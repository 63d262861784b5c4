// SPDX-License-Identifier: GPL-3.0-or-later
// A runner as room findings sees one: the published outputs at their rates, with values whose ten-second means wander
// with a known correlation. Nothing below the outputs is made.
#ifndef POISE_TESTS_RUNNER_MAKER_H
#define POISE_TESTS_RUNNER_MAKER_H

#include "check.h"

#include "findings/session.h"
#include "frames/frame_block.h"

#include <string.h>

#define STEP_FRAMES 200

struct maker {
    struct session *session;
    int64_t index;
    int activity;
    bool silent;       // no cadence comes
    float cadence_spm; // where it runs or walks
    float mean[N_QUANTITIES], sd[N_QUANTITIES], wander[N_QUANTITIES];
    double rho, per_minute[N_QUANTITIES]; // of ten-second means; a trend
    int odd_steps;                        // to be made in this window
    bool uncalibrated;
    uint32_t slipped;
    struct session_result last;
    int pulled, phase_changes;
};

static const struct {
    enum quantity quantity;
    float mean, sd;
} maker_runner[] = {
    {QUANTITY_TRUNK_LEAN, 6, 0.5F},   {QUANTITY_THORACIC_FLEXION, 2, 0.5F}, {QUANTITY_TRUNK_ROTATION, 14, 0.6F},
    {QUANTITY_STEP_LENGTH, 1.1F, 0},  {QUANTITY_CONTACT, 250, 2.5F},        {QUANTITY_STEP_CV, 2, 0.2F},
    {QUANTITY_BOUNCE, 85, 1.5F},      {QUANTITY_VERTICAL_RATIO, 7.7F, 0},   {QUANTITY_IMPACT, 2.5F, 0.1F},
    {QUANTITY_BRAKING, 1.2F, 0.1F},   {QUANTITY_ARM_SWING, 50, 2},          {QUANTITY_BREATHING_RATE, 36, 1},
    {QUANTITY_CHEST_SHARE, 0.55F, 0}, {QUANTITY_CHEST_FREE, 3, 0.2F},       {QUANTITY_BREATH_DEPTH, 2, 0},
};

static inline void maker_begin(struct maker *m, double rho)
{
    memset(m, 0, sizeof *m);
    assert_int_equal(session_create(&m->session), 0);
    m->index = 1003; // no window begins there
    m->activity = ACTIVITY_STILL;
    m->cadence_spm = 165;
    m->rho = rho;
    for (size_t i = 0; i < sizeof maker_runner / sizeof *maker_runner; i++) {
        m->mean[maker_runner[i].quantity] = maker_runner[i].mean;
        m->sd[maker_runner[i].quantity] = maker_runner[i].sd;
    }
    for (int q = 0; q < N_QUANTITIES; q++)
        m->wander[q] = m->sd[q] * (float)check_normal();
}

static inline void maker_end(struct maker *m)
{
    session_destroy(m->session);
}

static inline float maker_value(const struct maker *m, enum quantity q)
{
    return m->mean[q] + m->wander[q];
}

// Every ten seconds the wander takes one step of an AR(1).
static inline void maker_wander(struct maker *m)
{
    for (int q = 0; q < N_QUANTITIES; q++) {
        double fresh = (double)m->sd[q] * sqrt(1 - m->rho * m->rho) * check_normal();
        m->wander[q] = (float)(m->rho * (double)m->wander[q] + fresh);
        m->mean[q] += (float)(m->per_minute[q] / 6);
    }
}

static inline void maker_send(struct maker *m, struct output *o, enum stream stream)
{
    o->stream = stream;
    o->t_ns = m->index * FRAME_PERIOD_NS;
    session_take(m->session, o);
}

static inline void maker_send_posture(struct maker *m)
{
    struct output o = {0};
    o.posture.calibrated = !m->uncalibrated;
    o.posture.slipped = m->slipped;
    o.posture.mean.trunk_lean_deg = maker_value(m, QUANTITY_TRUNK_LEAN);
    o.posture.mean.thoracic_flexion_deg = maker_value(m, QUANTITY_THORACIC_FLEXION);
    o.posture.trunk_rotation_range_deg = maker_value(m, QUANTITY_TRUNK_ROTATION);
    maker_send(m, &o, STREAM_POSTURE);
}

static inline void maker_send_cadence(struct maker *m)
{
    struct output o = {0};
    bool moves = m->activity == ACTIVITY_WALK || m->activity == ACTIVITY_RUN;
    o.cadence.activity = m->activity;
    o.cadence.cadence_spm = m->activity == ACTIVITY_UNKNOWN ? NAN : moves ? m->cadence_spm : 0;
    maker_send(m, &o, STREAM_CADENCE);
}

static inline void maker_send_second(struct maker *m)
{
    bool moves = m->activity == ACTIVITY_WALK || m->activity == ACTIVITY_RUN;
    float gone = moves ? 0 : NAN;
    struct output g = {0}, b = {0}, a = {0}, s = {0};
    g.gait.step_length_m = maker_value(m, QUANTITY_STEP_LENGTH) + gone;
    g.gait.contact_ms = maker_value(m, QUANTITY_CONTACT) + gone;
    g.gait.step_time_cv_pct = maker_value(m, QUANTITY_STEP_CV) + gone;
    g.gait.vertical_oscillation_mm = maker_value(m, QUANTITY_BOUNCE) + gone;
    g.gait.vertical_ratio_pct = maker_value(m, QUANTITY_VERTICAL_RATIO) + gone;
    g.gait.impact_g = maker_value(m, QUANTITY_IMPACT) + gone;
    g.gait.braking_g = maker_value(m, QUANTITY_BRAKING) + gone;
    maker_send(m, &g, STREAM_GAIT);
    b.breathing.rate_bpm = maker_value(m, QUANTITY_BREATHING_RATE);
    b.breathing.chest_deg = maker_value(m, QUANTITY_CHEST_FREE);
    b.breathing.abdomen_deg = maker_value(m, QUANTITY_BREATH_DEPTH);
    b.breathing.chest_share = maker_value(m, QUANTITY_CHEST_SHARE);
    maker_send(m, &b, STREAM_BREATHING);
    a.arms.swing_left_deg = maker_value(m, QUANTITY_ARM_SWING) + 2 + gone;
    a.arms.swing_right_deg = maker_value(m, QUANTITY_ARM_SWING) - 2 + gone;
    maker_send(m, &a, STREAM_ARMS);
    s.step.step_time_ms = 60000 / m->cadence_spm * (m->odd_steps > 0 ? 1.6F : 1.0F);
    m->odd_steps -= m->odd_steps > 0;
    if (moves)
        maker_send(m, &s, STREAM_STEP);
}

static inline void maker_pull(struct maker *m)
{
    int64_t index;
    int before = m->last.phase;
    while (session_pull(m->session, &m->last, &index)) {
        assert_int_equal(index, m->index);
        m->pulled++;
    }
    m->phase_changes += m->last.phase != before;
}

// 200 ms.
static inline void maker_step(struct maker *m)
{
    for (int i = 0; i < 4; i++)
        maker_send_posture(m);
    int64_t before = m->index;
    m->index += STEP_FRAMES;
    if (m->index / 250 != before / 250 && !m->silent)
        maker_send_cadence(m);
    if (m->index / 1000 != before / 1000)
        maker_send_second(m);
    session_step(m->session, m->index);
    if (m->index / 10000 != before / 10000)
        maker_wander(m);
    maker_pull(m);
}

static inline void maker_run(struct maker *m, double seconds)
{
    for (int64_t until = m->index + (int64_t)(seconds * 1000); m->index < until;)
        maker_step(m);
}

static inline void maker_do(struct maker *m, int activity, double seconds)
{
    m->activity = activity;
    maker_run(m, seconds);
}

static inline void maker_command(struct maker *m, enum command_kind kind, double value, const char *text)
{
    struct command command = {.kind = kind, .value = value};
    if (kind == COMMAND_SESSION)
        snprintf(command.session, sizeof command.session, "%s", text);
    else
        snprintf(command.text, sizeof command.text, "%s", text);
    session_command(m->session, &command, m->index);
}

static inline bool maker_drifts(const struct session_result *now)
{
    bool any = false;
    for (int q = 0; q < N_QUANTITIES; q++)
        any = any || now->drift[q].drifted;
    return any;
}

// Until something drifts, at most `seconds`; -1: nothing did.
static inline double maker_run_until_drift(struct maker *m, double seconds)
{
    for (double t = 0; t < seconds; t += 10) {
        maker_run(m, 10);
        if (maker_drifts(session_now(m->session)))
            return t + 10;
    }
    return -1;
}

static inline void maker_begin_running(struct maker *m, double rho)
{
    maker_begin(m, rho);
    session_set_speed(m->session, 3.0);
    maker_do(m, ACTIVITY_WALK, 120);
    m->activity = ACTIVITY_RUN;
}

#endif
