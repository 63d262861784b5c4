// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/body.h"

#include "sim/arm.h"
#include "sim/attitude.h"
#include "sim/bow.h"
#include "sim/cough.h"
#include "sim/foot.h"
#include "sim/phasor.h"
#include "sim/repose.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLEND_EPS    1e-9
#define RAD          0.017453292519943295
#define FOOT_SHOCK_S 0.08 // within which the shock of a contact leaves the foot at rest
#define FORWARD      0.3  // of an impact: as much backward as upward
#define JERK_S       0.6  // a stumble's lurch: how long, how far at a change of the step by JERK_AT
#define JERK_AT      0.35
#define JERK_PITCH   (10 * RAD)
#define JERK_ROLL    (3 * RAD)
#define JERK_M       0.03

struct body {
    const struct scenario *scenario;
    struct timeline *timeline;
    struct breaths *breaths;
    struct slow *slow;
    struct gait_shape shape[N_GAITS][N_SITES];
    bool bows, coughs, reposes; // whether the scenario has any
};

// How much of a stumble's lurch a site shows.
static const double lurch_share[N_SITES] = {
    [SITE_HEAD] = 1.1,    [SITE_C7] = 1,         [SITE_T12] = 0.8,         [SITE_SACRUM] = 0.4,
    [SITE_STERNUM] = 0.9, [SITE_ABDOMEN] = 0.6,  [SITE_SHOULDER_LEFT] = 1, [SITE_SHOULDER_RIGHT] = 1,
    [SITE_PACK] = 0.8,    [SITE_WRIST_LEFT] = 1, [SITE_WRIST_RIGHT] = 1,
};

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

const struct scenario *body_scenario(const struct body *body)
{
    return body->scenario;
}

struct instant { // what all channels of one site share at one time
    struct motion3 slow[N_SLOW];
    struct phasor stride[GAIT_HARMONICS];
    struct step_phase step;
    double after_s; // the initial contact
    const struct timeline_step *at_step;
    double stride_rate, stride_rate_s; // rad/s, rad/s²
    double breath[2], breath_rate[2];  // depth of chest and abdomen, 0 … 1, and its change per second
    struct motion3 lurch;              // of the last stumble, 0 … 1
    struct bow_motion bow;             // these three are filled when there are any
    struct cough_motion cough;
    struct repose repose;
    bool right, is_first; // the step began with the right foot; nothing came before
};

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
    now->stride[0] = phasor_at(0.5 * (now->step.turns + (now->right ? 0 : 1)));
    for (int k = 1; k < GAIT_HARMONICS; k++)
        now->stride[k] = phasor_turn(now->stride[k - 1], now->stride[0]);
    now->stride_rate = TURN_RAD * now->step.rate_hz / 2;
    now->stride_rate_s = TURN_RAD * now->step.rate_hz_s / 2;
    return true;
}

static bool is_foot(enum site site)
{
    return site == SITE_FOOT_LEFT || site == SITE_FOOT_RIGHT;
}

static bool is_wrist(enum site site)
{
    return site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT;
}

// sum += weight(t) · m(t); by_phase: m's derivatives are by a phase of that rate and its change.
static void add_product(struct motion3 *sum, const struct motion3 *weight, const struct motion3 *m, double rate,
                        double rate_s)
{
    double first = m->first * rate, second = m->second * rate * rate + m->first * rate_s;
    sum->value += weight->value * m->value;
    sum->first += weight->value * first + weight->first * m->value;
    sum->second += weight->value * second + 2 * weight->first * first + weight->second * m->value;
}

static void add_harmonics(struct motion3 *sum, const struct motion3 *weight, const double c[GAIT_HARMONICS],
                          const double s[GAIT_HARMONICS], const struct instant *now)
{
    struct motion3 m = gait_harmonics(c, s, now->stride);
    add_product(sum, weight, &m, now->stride_rate, now->stride_rate_s);
}

static const struct motion3 *weight_of(const struct instant *now, int kind)
{
    const struct motion3 *weight = &now->slow[kind == GAIT_WALK ? SLOW_WALK : SLOW_RUN];
    return fabs(weight->value) < BLEND_EPS && fabs(weight->first) < BLEND_EPS ? NULL : weight;
}

static void add(struct motion3 *sum, const struct motion3 *m, double share)
{
    sum->value += share * m->value;
    sum->first += share * m->first;
    sum->second += share * m->second;
}

// Pitch, roll, yaw (rad) of posture, stride, cough and stumble.
static void turn_of(const struct body *body, enum site site, const struct instant *now, struct motion3 turn[3])
{
    const struct timeline_step *step = now->at_step;
    for (int i = 0; i < 3; i++)
        turn[i] = now->slow[i];
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct motion3 *weight = weight_of(now, kind);
        const struct gait_shape *shape = &body->shape[kind][site];
        for (int i = 0; weight && !is_foot(site) && i < 3; i++)
            add_harmonics(&turn[i], weight, shape->c[i], shape->s[i], now);
    }
    if (body->coughs)
        add(&turn[0], &now->cough.pitch, 1);
    if (body->reposes)
        add(&turn[0], &now->repose.lean, repose_lean_share(site));
    if (now->lurch.value == 0)
        return;
    double size = lurch_share[site] * fabs(step->jerk) / JERK_AT, side = step->jerk < 0 ? -1 : 1;
    const struct motion3 full[2] = {{JERK_PITCH * size, 0, 0}, {JERK_ROLL * size * side, 0, 0}};
    for (int i = 0; i < 2; i++)
        add_product(&turn[i], &full[i], &now->lurch, 1, 0);
}

// The same with what only the trunk and the head have: breathing and bows.
static void angles_of(const struct body *body, enum site site, const struct instant *now, double angle[3],
                      double rate[3])
{
    struct motion3 turn[3];
    turn_of(body, site, now, turn);
    for (int i = 0; i < 3; i++) {
        angle[i] = turn[i].value;
        rate[i] = turn[i].first;
    }
    for (int i = 0; i < 2; i++) {
        const struct motion3 *depth = &now->slow[SLOW_CHEST + i];
        angle[0] += depth->value * now->breath[i];
        rate[0] += depth->value * now->breath_rate[i] + depth->first * now->breath[i];
    }
    for (int i = 0; body->bows && i < 3; i++) {
        angle[i] += now->bow.angle[i];
        rate[i] += now->bow.rate[i];
    }
}

// The running trunk over one step: vertically and sideways an arch from flight to flight, fore and aft a surge.
static void add_stance(const struct instant *now, double share, struct motion3 moved[3])
{
    const struct timeline_step *step = now->at_step;
    struct motion3 forward, sideways, up, side = now->slow[SLOW_SIDE], run = now->slow[SLOW_RUN];
    surge_at(step->running_s, step->period_s, now->after_s, &forward);
    arch_at(&step->lateral, now->after_s, &sideways);
    arch_at(&step->vertical, now->after_s, &up);
    sideways.value -= 0.5;
    double to_left = now->right ? share : -share;
    const struct motion3 surge = now->slow[SLOW_SURGE];
    const struct motion3 across = {to_left * side.value, to_left * side.first, to_left * side.second};
    const struct motion3 along = {share * surge.value, share * surge.first, share * surge.second};
    const struct motion3 lifted = {share * run.value, share * run.first, share * run.second};
    add_product(&moved[0], &along, &forward, 1, 0);
    add_product(&moved[1], &across, &sideways, 1, 0);
    add_product(&moved[2], &lifted, &up, 1, 0);
}

// Displacement of a site of trunk, head, arms (their shoulder) or pack, by time.
static void displacement_of(const struct body *body, enum site site, const struct instant *now, struct motion3 moved[3])
{
    const struct timeline_step *step = now->at_step;
    memset(moved, 0, 3 * sizeof *moved);
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct motion3 *weight = weight_of(now, kind);
        if (!weight)
            continue;
        const struct gait_shape *shape = &body->shape[kind][site];
        for (int i = 0; kind == GAIT_WALK && i < 3; i++)
            add_harmonics(&moved[i], weight, shape->c[GAIT_X + i], shape->s[GAIT_X + i], now);
        if (kind == GAIT_RUN)
            add_stance(now, shape->stance, moved);
        struct motion3 jolt;
        struct impact impact = {shape->impact_delay_s, shape->impact_length_s,
                                kind == GAIT_RUN ? step->running_s : step->period_s};
        impact_at(&impact, now->after_s, &jolt);
        double peak = step->impact * shape->impact_m_s2;
        const struct motion3 up = {peak * weight->value, peak * weight->first, peak * weight->second};
        const struct motion3 back = {-FORWARD * up.value, -FORWARD * up.first, -FORWARD * up.second};
        add_product(&moved[2], &up, &jolt, 1, 0);
        add_product(&moved[0], &back, &jolt, 1, 0);
    }
    if (now->lurch.value != 0) {
        const struct motion3 lurch = {lurch_share[site] * fabs(step->jerk) / JERK_AT * JERK_M, 0, 0};
        add_product(&moved[0], &lurch, &now->lurch, 1, 0);
    }
    for (int i = 0; body->coughs && i < 3; i++)
        add(&moved[i], &now->cough.moved[i], 1);
    if (body->reposes)
        repose_lean(site, &now->repose, moved);
    if (site == SITE_PACK) { // against T12, once a step
        const struct phasor at = now->stride[1];
        const struct motion3 c = {at.c, -at.s, -at.c}, s = {at.s, at.c, -at.s};
        double rate = TURN_RAD * now->step.rate_hz, rate_s = TURN_RAD * now->step.rate_hz_s;
        add_product(&moved[2], &now->slow[SLOW_PACK_COS], &c, rate, rate_s);
        add_product(&moved[2], &now->slow[SLOW_PACK_SIN], &s, rate, rate_s);
    }
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
    turn_of(body, site, now, turns.trunk);
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct gait_shape *shape = &body->shape[kind][site];
        add_harmonics(&turns.swing, &now->slow[kind == GAIT_WALK ? SLOW_SWING_WALK : SLOW_SWING_RUN], shape->swing_c,
                      shape->swing_s, now);
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
    angles_of(body, site, &now, angle, rate);
    if (body->reposes && now.repose.lying) {
        body_at(body, cursor, site, t_s, &state);
        memcpy(angle, state.angle, sizeof state.angle);
    }
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
        displacement_of(body, site, &now, moved);
    for (int i = 0; i < 3; i++)
        state->acc_world[i] = moved[i].second + (body->bows ? now.bow.acc_world[i] : 0);
    state->rise_m = moved[2].value;
    if (is_wrist(site) && (weight_of(&now, GAIT_WALK) || weight_of(&now, GAIT_RUN))) {
        wrist_at(body, site, &now, state);
        if (body->reposes)
            repose_apply(site, &now.repose, moved, state);
        return;
    }
    angles_of(body, site, &now, state->angle, rate);
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
