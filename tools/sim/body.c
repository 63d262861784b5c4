// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/body.h"

#include "sim/bow.h"
#include "sim/gait_shape.h"
#include "sim/phasor.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RAD       0.017453292519943295
#define NODE_S    0.1
#define N_SWAYS   3
#define BLEND_EPS 1e-9

struct sway { // slow wander of one angle
    double amplitude_rad[N_SWAYS], rate_hz[N_SWAYS], phase[N_SWAYS];
};

struct body {
    const struct scenario *scenario;
    struct timeline *timeline;
    struct gait_shape shape[N_GAITS][N_SITES];
    struct sway sway[N_SITES][3];
    bool bows;
};

static const struct {
    double chest, abdomen; // how much of the breathing's tilt a site shows; inspiration tilts it backward
} breathing_share[N_SITES] = {
    [SITE_C7] = {0.06, 0},      [SITE_T12] = {0.04, 0.03},         [SITE_SACRUM] = {0, 0.03},
    [SITE_STERNUM] = {-1, 0},   [SITE_ABDOMEN] = {0, -1},          [SITE_HEAD] = {0.03, 0},
    [SITE_PACK] = {0.05, 0.03}, [SITE_SHOULDER_LEFT] = {-0.15, 0}, [SITE_SHOULDER_RIGHT] = {-0.15, 0},
};

int body_create(struct body **out, const struct scenario *scenario)
{
    struct body *body = calloc(1, sizeof *body);
    *out = body;
    if (!body)
        return -ENOMEM;
    body->scenario = scenario;
    body->bows = bow_is_in(scenario);
    int err = timeline_create(&body->timeline, scenario);
    if (err) {
        free(body);
        *out = NULL;
        return err;
    }
    for (int site = 0; site < N_SITES; site++) {
        for (int kind = 0; kind < N_GAITS; kind++)
            gait_shape_of((enum gait_kind)kind, (enum site)site, &body->shape[kind][site]);
        uint64_t random = scenario->seed * 977 + (uint64_t)site;
        for (int angle = 0; angle < 3; angle++)
            for (int i = 0; i < N_SWAYS; i++) {
                struct sway *sway = &body->sway[site][angle];
                sway->rate_hz[i] = 0.09 * (i + 1) + 0.04 * random_uniform(&random);
                sway->phase[i] = random_uniform(&random);
                sway->amplitude_rad[i] = RAD * scenario->sway_deg * (1 + 0.3 * random_uniform(&random)) / (i + 1);
            }
    }
    return 0;
}

void body_destroy(struct body *body)
{
    if (!body)
        return;
    timeline_destroy(body->timeline);
    free(body);
}

struct timeline *body_timeline(struct body *body)
{
    return body->timeline;
}

// The chain of DESIGN.md turned round: from lean, flexions and bends to the pitch and roll of each site, degrees.
static void posture_angles(const struct scenario *scenario, enum site site, double t_s, double *pitch, double *roll)
{
#define PARAM(name) scenario_param(scenario, PARAM_##name##_DEG, t_s)
    double thoracic = PARAM(THORACIC_FLEXION), lumbar = PARAM(LUMBAR_FLEXION), bend = PARAM(LATERAL_BEND);
    double t12 = PARAM(TRUNK_LEAN) - 0.32 * thoracic + 0.18 * lumbar, c7 = t12 + thoracic, sacrum = t12 - lumbar;
    double t12_roll = PARAM(TRUNK_SIDE_LEAN) - 0.07 * bend, c7_roll = t12_roll + bend / 2;
    *pitch = c7;
    *roll = c7_roll;
    switch (site) {
    case SITE_HEAD:
        *pitch = c7 + PARAM(NECK_FLEXION);
        *roll = 0.3 * c7_roll;
        break;
    case SITE_T12:
    case SITE_PACK:
        *pitch = t12;
        *roll = t12_roll;
        break;
    case SITE_SACRUM:
        *pitch = sacrum;
        *roll = t12_roll - bend / 2;
        break;
    case SITE_STERNUM:
        *pitch = (c7 + t12) / 2;
        *roll = (c7_roll + t12_roll) / 2;
        break;
    case SITE_ABDOMEN:
        *pitch = (t12 + sacrum) / 2;
        *roll = t12_roll;
        break;
    case SITE_SHOULDER_LEFT: // the outer end goes up: for the left shoulder a roll to the right
        *pitch = c7 + PARAM(SHOULDER_PROTRACTION);
        *roll = c7_roll + PARAM(SHOULDER_ELEVATION_LEFT);
        break;
    case SITE_SHOULDER_RIGHT:
        *pitch = c7 + PARAM(SHOULDER_PROTRACTION);
        *roll = c7_roll - PARAM(SHOULDER_ELEVATION_RIGHT);
        break;
    case SITE_WRIST_LEFT:
    case SITE_WRIST_RIGHT:
    case SITE_FOOT_LEFT:
    case SITE_FOOT_RIGHT:
        *pitch = *roll = 0;
        break;
    default:
        break;
    }
#undef PARAM
}

static void slow_values(const struct body *body, enum site site, double t_s, double value[N_SLOW])
{
    const struct scenario *scenario = body->scenario;
    double pitch_deg, roll_deg;
    posture_angles(scenario, site, t_s, &pitch_deg, &roll_deg);
    double walk = scenario_weight(scenario, PHASE_WALK, t_s), run = scenario_weight(scenario, PHASE_RUN, t_s);
    value[SLOW_PITCH] = RAD * pitch_deg + walk * body->shape[GAIT_WALK][site].mean_rad[0] +
                        run * body->shape[GAIT_RUN][site].mean_rad[0];
    value[SLOW_ROLL] = RAD * roll_deg;
    value[SLOW_YAW] = 0;
    for (int angle = 0; angle < 3; angle++)
        for (int i = 0; i < N_SWAYS; i++) {
            const struct sway *sway = &body->sway[site][angle];
            value[angle] += sway->amplitude_rad[i] * phasor_at(sway->rate_hz[i] * t_s + sway->phase[i]).s;
        }
    double is_wrist = site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT;
    double swing = is_wrist ? scenario_param(scenario, PARAM_ARM_SWING, t_s) : 1;
    double rate_hz = scenario_param(scenario, PARAM_CADENCE_SPM, t_s) / 60;
    value[SLOW_CHEST] = RAD * breathing_share[site].chest * scenario_param(scenario, PARAM_BREATHING_CHEST_DEG, t_s);
    value[SLOW_ABDOMEN] =
        RAD * breathing_share[site].abdomen * scenario_param(scenario, PARAM_BREATHING_ABDOMEN_DEG, t_s);
    value[SLOW_WALK] = walk * swing;
    value[SLOW_RUN] = run * swing;
    value[SLOW_LIFT] = run * SIM_GRAVITY / (rate_hz * rate_hz); // makes the flight phase free fall
}

// Cubics through the values at four nodes (Catmull-Rom): value and first derivative are continuous.
static void place_cursor(const struct body *body, struct body_cursor *cursor, enum site site, int64_t node)
{
    double at[4][N_SLOW];
    for (int i = 0; i < 4; i++)
        slow_values(body, site, NODE_S * (double)(node - 1 + i), at[i]);
    for (int i = 0; i < N_SLOW; i++) {
        double p0 = at[0][i], p1 = at[1][i], p2 = at[2][i], p3 = at[3][i], m1 = (p2 - p0) / 2, m2 = (p3 - p1) / 2;
        cursor->cubic[i][0] = p1;
        cursor->cubic[i][1] = m1;
        cursor->cubic[i][2] = 3 * (p2 - p1) - 2 * m1 - m2;
        cursor->cubic[i][3] = 2 * (p1 - p2) + m1 + m2;
    }
    cursor->node = node + 1;
}

static void slow_at(const struct body *body, struct body_cursor *cursor, enum site site, double t_s,
                    struct motion3 slow[N_SLOW])
{
    double x = t_s / NODE_S, base = floor(x);
    if (cursor->node != (int64_t)base + 1)
        place_cursor(body, cursor, site, (int64_t)base);
    x -= base;
    for (int i = 0; i < N_SLOW; i++) {
        const double *c = cursor->cubic[i];
        slow[i].value = c[0] + x * (c[1] + x * (c[2] + x * c[3]));
        slow[i].first = (c[1] + x * (2 * c[2] + x * 3 * c[3])) / NODE_S;
        slow[i].second = (2 * c[2] + 6 * x * c[3]) / (NODE_S * NODE_S);
    }
}

// Depth of the breath, 0 at the onset of inspiration to 1 at its end, and its rate of change per second.
static double breath_depth(const struct timeline_breath *breath, double t_s, double *rate)
{
    double in_s = breath->inspiration_s, out_s = breath->period_s - in_s, x = t_s - breath->start_s;
    bool inward = x < in_s;
    double half_s = inward ? in_s : out_s;
    struct phasor at = phasor_at((inward ? x : x - in_s) / (2 * half_s));
    double sign = inward ? breath->depth / 2 : -breath->depth / 2;
    *rate = sign * at.s * TURN_RAD / (2 * half_s);
    return inward ? sign * (1 - at.c) : breath->depth + sign * (1 - at.c);
}

struct instant { // what all channels of one site share at one time
    struct motion3 slow[N_SLOW];
    struct phasor stride[GAIT_HARMONICS];
    struct step_phase step;
    const struct timeline_step *at_step;
    double stride_rate, stride_rate_s; // rad/s, rad/s²
    double breath, breath_rate;
    struct bow_motion bow; // filled when there are any
    bool right;            // the step began with the right foot
};

static bool instant_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, struct instant *now)
{
    slow_at(body, cursor, site, t_s, now->slow);
    const struct timeline_breath *breath = timeline_breath_at(body->timeline, t_s, &cursor->breath);
    now->at_step = timeline_step_at(body->timeline, t_s, &cursor->step);
    if (!breath || !now->at_step)
        return false;
    now->breath = breath_depth(breath, t_s, &now->breath_rate);
    now->step = timeline_phase(now->at_step, t_s);
    now->right = cursor->step % 2 == 0;
    if (body->bows)
        bow_at(body->scenario, site, t_s, &now->bow);
    now->stride[0] = phasor_at(0.5 * (now->step.turns + (now->right ? 0 : 1)));
    for (int k = 1; k < GAIT_HARMONICS; k++)
        now->stride[k] = phasor_turn(now->stride[k - 1], now->stride[0]);
    now->stride_rate = TURN_RAD * now->step.rate_hz / 2;
    now->stride_rate_s = TURN_RAD * now->step.rate_hz_s / 2;
    return true;
}

// Angles (rad) and their rates.
static void turn_of(const struct body *body, enum site site, const struct instant *now, double angle[3], double rate[3])
{
    for (int i = 0; i < 3; i++) {
        angle[i] = now->slow[i].value;
        rate[i] = now->slow[i].first;
        for (int kind = 0; kind < N_GAITS; kind++) {
            const struct motion3 *weight = &now->slow[kind == GAIT_WALK ? SLOW_WALK : SLOW_RUN];
            if (fabs(weight->value) < BLEND_EPS && fabs(weight->first) < BLEND_EPS)
                continue;
            const struct gait_shape *shape = &body->shape[kind][site];
            struct motion3 m = gait_harmonics(shape->c[i], shape->s[i], now->stride);
            angle[i] += weight->value * m.value;
            rate[i] += weight->value * m.first * now->stride_rate + weight->first * m.value;
        }
    }
    for (int i = SLOW_CHEST; i <= SLOW_ABDOMEN; i++) {
        angle[0] += now->slow[i].value * now->breath;
        rate[0] += now->slow[i].value * now->breath_rate + now->slow[i].first * now->breath;
    }
    for (int i = 0; body->bows && i < 3; i++) {
        angle[i] += now->bow.angle[i];
        rate[i] += now->bow.rate[i];
    }
}

// Second derivative of weight(t) · m(phase(t)).
static double accelerated(const struct motion3 *weight, const struct motion3 *m, double rate, double rate_s)
{
    return weight->value * (m->second * rate * rate + m->first * rate_s) + 2 * weight->first * m->first * rate +
           weight->second * m->value;
}

// Impacts of the running and the last step; each one's mean over its step is taken out, so that velocity stays.
static double impact_of(const struct gait_shape *shape, const struct instant *now, double t_s)
{
    double after_s = t_s - now->at_step->start_s - shape->impact_delay_s;
    double peak = now->right ? shape->impact_right_m_s2 : shape->impact_left_m_s2;
    return peak * (gait_impact(after_s / shape->impact_length_s) -
                   IMPACT_MEAN * shape->impact_length_s / now->at_step->period_s);
}

static void acceleration_of(const struct body *body, enum site site, const struct instant *now, double t_s,
                            double acc_world[3])
{
    acc_world[0] = acc_world[1] = acc_world[2] = 0;
    for (int kind = 0; kind < N_GAITS; kind++) {
        const struct motion3 *weight = &now->slow[kind == GAIT_WALK ? SLOW_WALK : SLOW_RUN];
        if (fabs(weight->value) < BLEND_EPS && fabs(weight->first) < BLEND_EPS)
            continue;
        const struct gait_shape *shape = &body->shape[kind][site];
        for (int i = 0; i < 3; i++) {
            struct motion3 m = gait_harmonics(shape->c[GAIT_X + i], shape->s[GAIT_X + i], now->stride);
            acc_world[i] += accelerated(weight, &m, now->stride_rate, now->stride_rate_s);
        }
        double impact = weight->value * impact_of(shape, now, t_s);
        acc_world[2] += impact;
        acc_world[0] -= 0.3 * impact;
        if (shape->stance > 0) {
            struct motion3 vertical, forward, lift = now->slow[SLOW_LIFT];
            gait_stance(now->step.turns, now->at_step->duty_step, &vertical, &forward);
            acc_world[2] += shape->stance * accelerated(&lift, &vertical, now->step.rate_hz, now->step.rate_hz_s);
            acc_world[0] += shape->stance * accelerated(&lift, &forward, now->step.rate_hz, now->step.rate_hz_s);
        }
    }
    for (int i = 0; body->bows && i < 3; i++)
        acc_world[i] += now->bow.acc_world[i];
}

void body_angles_at(struct body *body, struct body_cursor *cursor, enum site site, double t_s, double angle[3])
{
    struct instant now;
    double rate[3];
    memset(angle, 0, 3 * sizeof *angle);
    if (instant_at(body, cursor, site, t_s, &now))
        turn_of(body, site, &now, angle, rate);
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
    turn_of(body, site, &now, state->angle, rate);
    acceleration_of(body, site, &now, t_s, state->acc_world);
    struct phasor p = phasor_at(state->angle[0] / (2 * TURN_RAD)), r = phasor_at(state->angle[1] / (2 * TURN_RAD));
    struct phasor y = phasor_at(state->angle[2] / (2 * TURN_RAD));
    double *q = state->q_world_from_segment; // Rz(yaw) Ry(pitch) Rx(roll)
    q[0] = y.c * p.c * r.c + y.s * p.s * r.s;
    q[1] = y.c * p.c * r.s - y.s * p.s * r.c;
    q[2] = y.c * p.s * r.c + y.s * p.c * r.s;
    q[3] = y.s * p.c * r.c - y.c * p.s * r.s;
    struct phasor p2 = phasor_turn(p, p), r2 = phasor_turn(r, r), y2 = phasor_turn(y, y);
    state->rate_segment[0] = rate[1] - rate[2] * p2.s;
    state->rate_segment[1] = rate[0] * r2.c + rate[2] * p2.c * r2.s;
    state->rate_segment[2] = rate[2] * p2.c * r2.c - rate[0] * r2.s;
    double ax = state->acc_world[0], ay = state->acc_world[1], az = state->acc_world[2] + SIM_GRAVITY;
    double along = y2.c * ax + y2.s * ay, across = y2.c * ay - y2.s * ax; // undo yaw, then pitch, then roll
    double x = p2.c * along - p2.s * az, z = p2.s * along + p2.c * az;
    state->force_segment[0] = x;
    state->force_segment[1] = r2.c * across + r2.s * z;
    state->force_segment[2] = r2.c * z - r2.s * across;
}

double body_vertical_oscillation_m(struct body *body, double t_s)
{
    const struct scenario *scenario = body->scenario;
    const struct gait_shape *walk = &body->shape[GAIT_WALK][SITE_SACRUM];
    double rate_hz = scenario_param(scenario, PARAM_CADENCE_SPM, t_s) / 60;
    double duty_step = fmin(2 * scenario_param(scenario, PARAM_DUTY_FACTOR, t_s), 0.95);
    return scenario_weight(scenario, PHASE_WALK, t_s) * 2 * hypot(walk->c[GAIT_Z][1], walk->s[GAIT_Z][1]) +
           scenario_weight(scenario, PHASE_RUN, t_s) * SIM_GRAVITY / (rate_hz * rate_hz) * gait_stance_range(duty_step);
}
