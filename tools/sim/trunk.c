// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/trunk.h"

#include "sim/phasor.h"

#include <math.h>
#include <string.h>

#define BLEND_EPS  1e-9
#define RAD        0.017453292519943295
#define FORWARD    0.3 // of an impact: as much backward as upward
#define JERK_AT    0.35
#define JERK_PITCH (10 * RAD)
#define JERK_ROLL  (3 * RAD)
#define JERK_M     0.03

// How much of a stumble's lurch a site shows.
static const double lurch_share[N_SITES] = {
    [SITE_HEAD] = 1.1,    [SITE_C7] = 1,         [SITE_T12] = 0.8,         [SITE_SACRUM] = 0.4,
    [SITE_STERNUM] = 0.9, [SITE_ABDOMEN] = 0.6,  [SITE_SHOULDER_LEFT] = 1, [SITE_SHOULDER_RIGHT] = 1,
    [SITE_PACK] = 0.8,    [SITE_WRIST_LEFT] = 1, [SITE_WRIST_RIGHT] = 1,
};

// sum += weight(t) · m(t); by_phase: m's derivatives are by a phase of that rate and its change.
static void add_product(struct motion3 *sum, const struct motion3 *weight, const struct motion3 *m, double rate,
                        double rate_s)
{
    double first = m->first * rate, second = m->second * rate * rate + m->first * rate_s;
    sum->value += weight->value * m->value;
    sum->first += weight->value * first + weight->first * m->value;
    sum->second += weight->value * second + 2 * weight->first * first + weight->second * m->value;
}

void trunk_add_harmonics(struct motion3 *sum, const struct motion3 *weight, const double c[GAIT_HARMONICS],
                         const double s[GAIT_HARMONICS], const struct instant *now)
{
    struct motion3 m = gait_harmonics(c, s, now->stride);
    add_product(sum, weight, &m, now->stride_rate, now->stride_rate_s);
}

const struct motion3 *trunk_weight(const struct instant *now, int kind)
{
    const struct motion3 *weight = &now->slow[kind == GAIT_WALK ? SLOW_WALK : SLOW_RUN];
    return fabs(weight->value) < BLEND_EPS && fabs(weight->first) < BLEND_EPS ? NULL : weight;
}

void trunk_turn(const struct body *body, enum site site, const struct instant *now, struct motion3 turn[3])
{
    const struct timeline_step *step = now->at_step;
    for (int i = 0; i < 3; i++)
        turn[i] = now->slow[i];
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct motion3 *weight = trunk_weight(now, kind);
        const struct gait_shape *shape = &body->shape[kind][site];
        const struct motion3 *twist = &now->slow[kind == GAIT_WALK ? SLOW_TWIST_WALK : SLOW_TWIST_RUN];
        for (int i = 0; weight && !is_foot(site) && i < 3; i++)
            trunk_add_harmonics(&turn[i], i == GAIT_YAW ? twist : weight, shape->c[i], shape->s[i], now);
    }
    if (body->coughs)
        motion3_add(&turn[0], &now->cough.pitch, 1);
    if (body->reposes)
        motion3_add(&turn[0], &now->repose.lean, repose_lean_share(site));
    for (int i = 0; body->drill && i < 3; i++)
        motion3_add(&turn[i], &now->drill.turn[i], 1);
    if (now->lurch.value == 0)
        return;
    double size = lurch_share[site] * fabs(step->jerk) / JERK_AT, side = step->jerk < 0 ? -1 : 1;
    const struct motion3 full[2] = {{JERK_PITCH * size, 0, 0}, {JERK_ROLL * size * side, 0, 0}};
    for (int i = 0; i < 2; i++)
        add_product(&turn[i], &full[i], &now->lurch, 1, 0);
}

void trunk_angles(const struct body *body, enum site site, const struct instant *now, double angle[3], double rate[3])
{
    struct motion3 turn[3];
    trunk_turn(body, site, now, turn);
    for (int i = 0; i < 3; i++) {
        angle[i] = turn[i].value;
        rate[i] = turn[i].first;
    }
    for (int i = 0; i < 2; i++) {
        const struct motion3 *depth = &now->slow[SLOW_CHEST + i];
        angle[0] += depth->value * now->breath[i];
        rate[0] += depth->value * now->breath_rate[i] + depth->first * now->breath[i];
    }
    const struct motion3 *shrug = &now->slow[SLOW_SHRUG];
    angle[1] += shrug->value * now->breath[0];
    rate[1] += shrug->value * now->breath_rate[0] + shrug->first * now->breath[0];
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

void trunk_displacement(const struct body *body, enum site site, const struct instant *now, struct motion3 moved[3])
{
    const struct timeline_step *step = now->at_step;
    memset(moved, 0, 3 * sizeof *moved);
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct motion3 *weight = trunk_weight(now, kind);
        if (!weight)
            continue;
        const struct gait_shape *shape = &body->shape[kind][site];
        for (int i = 0; kind == GAIT_WALK && i < 3; i++)
            trunk_add_harmonics(&moved[i], weight, shape->c[GAIT_X + i], shape->s[GAIT_X + i], now);
        if (kind == GAIT_RUN)
            add_stance(now, shape->stance, moved);
        struct motion3 jolt;
        struct impact impact = {shape->impact_delay_s, shape->impact_length_s,
                                kind == GAIT_RUN ? step->running_s : step->period_s};
        impact_at(&impact, now->after_s, &jolt);
        double peak = step->impact * shape->impact_m_s2;
        const struct motion3 up = {peak * weight->value, peak * weight->first, peak * weight->second};
        const struct motion3 back = {-FORWARD * up.value, -FORWARD * up.first, -FORWARD * up.second};
        add_product(&moved[0], &back, &jolt, 1, 0);
        jolt = (struct motion3){step->hard * jolt.value, step->hard * jolt.first, step->hard * jolt.second};
        add_product(&moved[2], &up, &jolt, 1, 0);
    }
    if (now->lurch.value != 0) {
        const struct motion3 lurch = {lurch_share[site] * fabs(step->jerk) / JERK_AT * JERK_M, 0, 0};
        add_product(&moved[0], &lurch, &now->lurch, 1, 0);
    }
    for (int i = 0; body->coughs && i < 3; i++)
        motion3_add(&moved[i], &now->cough.moved[i], 1);
    for (int i = 0; body->drill && i < 3; i++)
        motion3_add(&moved[i], &now->drill.moved[i], 1);
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
