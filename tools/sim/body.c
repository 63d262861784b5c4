// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/body.h"

#include "sim/arm.h"
#include "sim/attitude.h"
#include "sim/foot.h"
#include "sim/phasor.h"
#include "sim/trunk.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FOOT_SHOCK_S 0.08 // within which the shock of a contact leaves the foot at rest
#define JERK_S       0.6  // how long a stumble's lurch takes

int body_create(struct body **out, const struct scenario *scenario)
{
    struct body *body = calloc(1, sizeof *body);
    *out = body;
    if (!body)
        return -ENOMEM;
    body->scenario = scenario;
    body->bows = bow_is_in(scenario);
    body->coughs = cough_is_in(scenario);
    body->reposes = repose_is_in(scenario);
    for (int site = 0; site < N_SITES; site++)
        for (int kind = 0; kind < N_GAITS; kind++)
            gait_shape_of((enum gait_kind)kind, (enum site)site, &body->shape[kind][site]);
    int err = timeline_create(&body->timeline, scenario);
    if (!err)
        err = breaths_create(&body->breaths, scenario, body->timeline);
    if (!err)
        err = slow_create(&body->slow, scenario, body->shape);
    if (!err && drill_is_in(scenario))
        err = drill_create(&body->drill, scenario);
    if (err) {
        body_destroy(body);
        *out = NULL;
    }
    return err;
}

void body_destroy(struct body *body)
{
    if (!body)
        return;
    breaths_destroy(body->breaths);
    timeline_destroy(body->timeline);
    slow_destroy(body->slow);
    drill_destroy(body->drill);
    free(body);
}

struct timeline *body_timeline(struct body *body)
{
    return body->timeline;
}

struct breaths *body_breaths(struct body *body)
{
    return body->breaths;
}

const struct drill *body_drill(const struct body *body)
{
    return body->drill;
}

const struct scenario *body_scenario(const struct body *body)
{
    return body->scenario;
}

// The chest is where the breath's phase is, the abdomen so far ahead of it.
static void breathe(const struct breath *breath, int64_t index, double t_s, struct instant *now)
{
    struct breath_phase phase = breath_phase(breath, t_s);
    const struct motion3 *lead = &now->slow[SLOW_LEAD];
    struct breath_depth chest = breath_depth(breath, phase.turns), abdomen = chest;
    if (lead->value != 0 || lead->first != 0)
        abdomen = breaths_depth(breath, index, phase.turns + lead->value);
    now->breath[0] = chest.value;
    now->breath_rate[0] = chest.slope * phase.rate_hz;
    now->breath[1] = abdomen.value;
    now->breath_rate[1] = abdomen.slope * (phase.rate_hz + lead->first);
}

static bool instant_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, struct instant *now)
{
    slow_at(body->slow, &cursor->slow, site, t_s, now->slow);
    const struct breath *breath = breaths_at(body->breaths, t_s, &cursor->breath);
    now->at_step = timeline_step_at(body->timeline, t_s, &cursor->step);
    if (!breath || !now->at_step)
        return false;
    breathe(breath, cursor->breath, t_s, now);
    now->step = timeline_phase(now->at_step, t_s);
    now->after_s = t_s - now->at_step->start_s;
    now->right = cursor->step % 2 == 0;
    now->is_first = cursor->step == 0;
    now->lurch = smooth_bump((t_s - now->at_step->jerk_s) / JERK_S);
    now->lurch.first /= JERK_S;
    now->lurch.second /= JERK_S * JERK_S;
    if (body->bows)
        bow_at(body->scenario, site, t_s, &now->bow);
    if (body->coughs)
        cough_at(body->scenario, site, t_s, &now->cough);
    if (body->reposes)
        repose_at(body->scenario, t_s, &now->repose);
    if (body->drill)
        drill_at(body->drill, site, t_s, &now->drill);
    now->stride[0] = phasor_at(0.5 * (now->step.turns + (now->right ? 0 : 1)));
    for (int k = 1; k < GAIT_HARMONICS; k++)
        now->stride[k] = phasor_turn(now->stride[k - 1], now->stride[0]);
    now->stride_rate = TURN_RAD * now->step.rate_hz / 2;
    now->stride_rate_s = TURN_RAD * now->step.rate_hz_s / 2;
    return true;
}

static bool is_wrist(enum site site)
{
    return site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT;
}

// The steps that begin with this foot's last contact and with its next one. The left foot has none before its first.
static void foot_of(const struct body *body, enum site site, const struct instant *now, double t_s,
                    struct foot_motion *motion)
{
    bool left = site == SITE_FOOT_LEFT, own = now->right != left;
    const struct timeline_step *next = now->at_step + (own ? 2 : 1);
    memset(motion, 0, sizeof *motion);
    if (!own && now->is_first)
        return;
    const struct gait_shape *walk = &body->shape[GAIT_WALK][site], *run = &body->shape[GAIT_RUN][site];
    struct impact impact = {run->impact_delay_s, run->impact_length_s, FOOT_SHOCK_S};
    foot_at(next - 2, next, left, t_s, (const double[2]){walk->impact_m_s2, run->impact_m_s2}, &impact, motion);
}

static void arm_of(const struct body *body, enum site site, const struct instant *now, struct arm_motion *motion)
{
    struct arm_turns turns = {.elbow = now->slow[SLOW_ELBOW], .plane = now->slow[SLOW_PLANE]};
    trunk_turn(body, site, now, turns.trunk);
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct gait_shape *shape = &body->shape[kind][site];
        trunk_add_harmonics(&turns.swing, &now->slow[kind == GAIT_WALK ? SLOW_SWING_WALK : SLOW_SWING_RUN],
                            shape->swing_c, shape->swing_s, now);
    }
    if (body->drill) {
        motion3_add(&turns.swing, &now->drill.swing, 1);
        motion3_add(&turns.elbow, &now->drill.elbow, 1);
    }
    arm_at(&turns, motion);
}

void body_angles_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, double angle[3])
{
    struct body_state state;
    struct instant now;
    double rate[3];
    if (is_foot(site) || is_wrist(site)) {
        body_at(body, cursor, site, t_s, &state);
        memcpy(angle, state.angle, sizeof state.angle);
        return;
    }
    memset(angle, 0, 3 * sizeof *angle);
    if (!instant_at(body, cursor, site, t_s, &now))
        return;
    trunk_angles(body, site, &now, angle, rate);
    if (body->reposes && now.repose.lying) {
        body_at(body, cursor, site, t_s, &state);
        memcpy(angle, state.angle, sizeof state.angle);
    }
}

static bool arms_move(const struct body *body, const struct instant *now)
{
    return trunk_weight(now, GAIT_WALK) || trunk_weight(now, GAIT_RUN) || (body->drill && now->drill.arms);
}

static void wrist_at(const struct body *body, enum site site, const struct instant *now, struct body_state *state)
{
    struct arm_motion arm;
    arm_of(body, site, now, &arm);
    memcpy(state->q_world_from_segment, arm.q_world_from_segment, sizeof arm.q_world_from_segment);
    attitude_angles(arm.q_world_from_segment, state->angle);
    attitude_into_segment(arm.q_world_from_segment, arm.rate_world, state->rate_segment);
    for (int i = 0; i < 3; i++)
        state->acc_world[i] += arm.acc_world[i];
    state->rise_m += arm.rise_m;
    const double up[3] = {state->acc_world[0], state->acc_world[1], state->acc_world[2] + SIM_GRAVITY};
    attitude_into_segment(arm.q_world_from_segment, up, state->force_segment);
}

void body_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, struct body_state *state)
{
    struct instant now;
    double rate[3];
    memset(state, 0, sizeof *state);
    if (!instant_at(body, cursor, site, t_s, &now)) {
        state->q_world_from_segment[0] = 1;
        state->force_segment[2] = SIM_GRAVITY;
        return;
    }
    struct motion3 moved[3] = {{0, 0, 0}};
    if (!is_foot(site))
        trunk_displacement(body, site, &now, moved);
    for (int i = 0; i < 3; i++)
        state->acc_world[i] = moved[i].second + (body->bows ? now.bow.acc_world[i] : 0);
    state->rise_m = moved[2].value;
    if (is_wrist(site) && arms_move(body, &now)) {
        wrist_at(body, site, &now, state);
        if (body->reposes)
            repose_apply(site, &now.repose, moved, state);
        return;
    }
    trunk_angles(body, site, &now, state->angle, rate);
    if (is_foot(site)) {
        struct foot_motion foot;
        foot_of(body, site, &now, t_s, &foot);
        for (int i = 0; i < 3; i++) {
            state->angle[i] += foot.angle[i];
            rate[i] += foot.rate[i];
            state->acc_world[i] = foot.acc_world[i];
        }
        state->rise_m = foot.rise_m;
    }
    attitude_resolve(state, rate);
    if (body->reposes)
        repose_apply(site, &now.repose, moved, state);
}
