// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/slow.h"

#include "sim/phasor.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define RAD          0.017453292519943295
#define NODE_S       0.1
#define N_SWAYS      3
#define N_WANDERS    3
#define SIT_STILL    0.4 // of the sway's amplitude is gone
#define LIE_STILL    0.8
#define BRAKING_G    0.35 // peak of the running trunk's braking, in g
#define SIDEWAYS_M_S 0.08 // from one foot to the other while running

struct sway { // of one angle, within seconds and over minutes
    double amplitude_rad[N_SWAYS + N_WANDERS], rate_hz[N_SWAYS + N_WANDERS], phase[N_SWAYS + N_WANDERS];
};

struct slow {
    const struct scenario *scenario;
    struct gait_shape (*shape)[N_SITES];
    struct sway sway[N_SITES][3];
};

static const struct {
    double chest, abdomen; // how much of the breathing's tilt a site shows; inspiration tilts it backward
} breathing_share[N_SITES] = {
    [SITE_C7] = {0.06, 0},      [SITE_T12] = {0.04, 0.03},         [SITE_SACRUM] = {0, 0.03},
    [SITE_STERNUM] = {-1, 0},   [SITE_ABDOMEN] = {0, -1},          [SITE_HEAD] = {0.03, 0},
    [SITE_PACK] = {0.05, 0.03}, [SITE_SHOULDER_LEFT] = {-0.15, 0}, [SITE_SHOULDER_RIGHT] = {-0.15, 0},
};

// Periods of 90 s to 25 min; seldom all at their peak, so that wander_deg is about twice the standard deviation.
static void set_wander(struct slow *slow, enum site site)
{
    uint64_t random = slow->scenario->seed * 1493 + (uint64_t)site;
    for (int angle = 0; angle < 3; angle++)
        for (int i = N_SWAYS; i < N_SWAYS + N_WANDERS; i++) {
            struct sway *sway = &slow->sway[site][angle];
            double octave = 1.4 * ((i - N_SWAYS) + 0.45 * (1 + random_uniform(&random)));
            sway->rate_hz[i] = exp2(octave - 4.1) / 90;
            sway->phase[i] = random_uniform(&random);
            sway->amplitude_rad[i] = RAD * slow->scenario->wander_deg * 0.41 * (1 + 0.3 * random_uniform(&random));
        }
}

int slow_create(struct slow **out, const struct scenario *scenario, struct gait_shape (*shape)[N_SITES])
{
    struct slow *slow = calloc(1, sizeof *slow);
    *out = slow;
    if (!slow)
        return -ENOMEM;
    slow->scenario = scenario;
    slow->shape = shape;
    for (int site = 0; site < N_SITES; site++) {
        uint64_t random = scenario->seed * 977 + (uint64_t)site;
        for (int angle = 0; angle < 3; angle++)
            for (int i = 0; i < N_SWAYS; i++) {
                struct sway *sway = &slow->sway[site][angle];
                sway->rate_hz[i] = 0.09 * (i + 1) + 0.04 * random_uniform(&random);
                sway->phase[i] = random_uniform(&random);
                sway->amplitude_rad[i] = RAD * scenario->sway_deg * (1 + 0.3 * random_uniform(&random)) / (i + 1);
            }
        set_wander(slow, (enum site)site);
    }
    return 0;
}

void slow_destroy(struct slow *slow)
{
    free(slow);
}

// The chain of DESIGN.md turned round: from lean, flexions and bends to the pitch and roll of each site, degrees.
static void posture_angles(const struct scenario *scenario, enum site site, double t_s, double *pitch, double *roll)
{
#define PARAM(name) scenario_param(scenario, PARAM_##name##_DEG, t_s)
    double thoracic = PARAM(THORACIC_FLEXION), lumbar = PARAM(LUMBAR_FLEXION) - PARAM(PELVIC_TILT) / 0.82,
           bend = PARAM(LATERAL_BEND);
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
        *pitch = t12;
        *roll = t12_roll;
        break;
    case SITE_PACK:
        *pitch = t12 + PARAM(PACK_TILT);
        *roll = t12_roll + PARAM(PACK_SIDE_TILT);
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

// The stance of the running form as the scenario has it, without jitter and asymmetry.
static double mean_contact_s(const struct scenario *scenario, double t_s, double *period_s)
{
    *period_s = 60 / scenario_param(scenario, PARAM_CADENCE_SPM, t_s);
    return *period_s * fmin(2 * scenario_param(scenario, PARAM_DUTY_FACTOR, t_s), 0.95);
}

static void wrist_values(const struct slow *slow, enum site site, double t_s, double walk, double run,
                         double value[N_SLOW])
{
    const struct scenario *scenario = slow->scenario;
    bool left = site == SITE_WRIST_LEFT;
    double swing_deg = scenario_param(scenario, left ? PARAM_ARM_SWING_LEFT_DEG : PARAM_ARM_SWING_RIGHT_DEG, t_s);
    double loose =
        scenario_param(scenario, PARAM_ARM_SWING, t_s) * (1 - scenario_param(scenario, PARAM_ARM_STIFFNESS, t_s));
    double inward = scenario_param(scenario, left ? PARAM_ARM_CROSSING_LEFT_DEG : PARAM_ARM_CROSSING_RIGHT_DEG, t_s);
    value[SLOW_SWING_WALK] = walk * loose * RAD * swing_deg;
    value[SLOW_SWING_RUN] = run * loose * RAD * swing_deg;
    value[SLOW_ELBOW] = walk * slow->shape[GAIT_WALK][site].elbow_rad + run * slow->shape[GAIT_RUN][site].elbow_rad;
    value[SLOW_PLANE] = (left ? -RAD : RAD) * inward;
}

// The pack against T12 at the step frequency, so that the sum of both comes the lag later than T12: in the triangle of
// the three phasors the relative one is turned by the lag and the angle whose sine is trunk · sin lag / bounce. A lag
// that so small a bounce cannot make is cut to the largest it can.
static void pack_values(const struct slow *slow, double t_s, double walk, double run, double value[N_SLOW])
{
    const struct scenario *scenario = slow->scenario;
    double period_s, contact_s = mean_contact_s(scenario, t_s, &period_s), d = contact_s / period_s;
    const struct gait_shape *shape = &slow->shape[GAIT_WALK][SITE_T12];
    double c = walk * scenario_param(scenario, PARAM_WALK_SCALE, t_s) * shape->c[GAIT_Z][1];
    double s = walk * scenario_param(scenario, PARAM_WALK_SCALE, t_s) * shape->s[GAIT_Z][1];
    // Running: the force's fundamental, a squared sine's over the contact, twice integrated.
    struct phasor middle = phasor_at(d / 2);
    double force = 2 * middle.s / (TURN_RAD / 2 * d * (1 - d * d));
    double height_m = force * SIM_GRAVITY * (period_s / TURN_RAD) * (period_s / TURN_RAD);
    c -= run * height_m * middle.c;
    s -= run * height_m * middle.s;
    double trunk_m = hypot(c, s),
           bounce_m = 0.0005 * (walk + run) * scenario_param(scenario, PARAM_PACK_BOUNCE_MM, t_s);
    if (trunk_m < 1e-6 || bounce_m <= 0)
        return;
    double lag_turns = 0.001 * scenario_param(scenario, PARAM_PACK_LAG_MS, t_s) / period_s;
    double sine = fmax(-1, fmin(1, trunk_m / bounce_m * phasor_at(lag_turns).s));
    struct phasor turn = phasor_at(lag_turns + asin(sine) / TURN_RAD);
    value[SLOW_PACK_COS] = bounce_m / trunk_m * (c * turn.c - s * turn.s);
    value[SLOW_PACK_SIN] = bounce_m / trunk_m * (c * turn.s + s * turn.c);
}

static void slow_values(const struct slow *slow, enum site site, double t_s, double value[N_SLOW])
{
    const struct scenario *scenario = slow->scenario;
    double pitch_deg, roll_deg;
    posture_angles(scenario, site, t_s, &pitch_deg, &roll_deg);
    double walk = scenario_weight(scenario, PHASE_WALK, t_s), run = scenario_weight(scenario, PHASE_RUN, t_s);
    value[SLOW_PITCH] = RAD * pitch_deg;
    value[SLOW_ROLL] = RAD * roll_deg;
    value[SLOW_YAW] = 0;
    double still = 1 - SIT_STILL * scenario_weight(scenario, PHASE_SIT, t_s) -
                   LIE_STILL * scenario_weight(scenario, PHASE_LIE, t_s);
    int n_sways = scenario->wander_deg > 0 ? N_SWAYS + N_WANDERS : N_SWAYS;
    for (int angle = 0; angle < 3; angle++)
        for (int i = 0; i < n_sways; i++) {
            const struct sway *sway = &slow->sway[site][angle];
            value[angle] += still * sway->amplitude_rad[i] * phasor_at(sway->rate_hz[i] * t_s + sway->phase[i]).s;
        }
    value[SLOW_CHEST] = RAD * breathing_share[site].chest * scenario_param(scenario, PARAM_BREATHING_CHEST_DEG, t_s);
    value[SLOW_ABDOMEN] =
        RAD * breathing_share[site].abdomen * scenario_param(scenario, PARAM_BREATHING_ABDOMEN_DEG, t_s);
    value[SLOW_LEAD] = scenario_param(scenario, PARAM_BREATHING_PHASE_DEG, t_s) / 360;
    value[SLOW_WALK] = walk * scenario_param(scenario, PARAM_WALK_SCALE, t_s);
    value[SLOW_RUN] = run;
    double twist = scenario_param(scenario, PARAM_TRUNK_ROTATION, t_s);
    value[SLOW_TWIST_WALK] = value[SLOW_WALK] * twist;
    value[SLOW_TWIST_RUN] = run * twist;
    double period_s, contact_s = mean_contact_s(scenario, t_s, &period_s);
    value[SLOW_SURGE] = run * surge_speed(contact_s, period_s, BRAKING_G * SIM_GRAVITY);
    value[SLOW_SIDE] = run * SIDEWAYS_M_S * (period_s - contact_s);
    for (int i = SLOW_SHRUG; i < N_SLOW; i++)
        value[i] = 0;
    if (site == SITE_SHOULDER_LEFT || site == SITE_SHOULDER_RIGHT)
        value[SLOW_SHRUG] =
            (site == SITE_SHOULDER_LEFT ? RAD : -RAD) * scenario_param(scenario, PARAM_BREATHING_SHOULDER_DEG, t_s);
    if (site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT)
        wrist_values(slow, site, t_s, walk, run, value);
    if (site == SITE_PACK && walk + run > 0)
        pack_values(slow, t_s, walk, run, value);
}

// Only wrists and the pack have more than what all have.
static int n_channels(enum site site)
{
    return site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT || site == SITE_PACK ? N_SLOW : SLOW_SHRUG + 1;
}

// Through the values at four nodes (Catmull-Rom).
static void place_cursor(const struct slow *slow, struct slow_cursor *cursor, enum site site, int64_t node)
{
    double at[4][N_SLOW];
    int n = n_channels(site);
    for (int i = 0; i < 4; i++)
        slow_values(slow, site, NODE_S * (double)(node - 1 + i), at[i]);
    for (int i = 0; i < n; i++) {
        double p0 = at[0][i], p1 = at[1][i], p2 = at[2][i], p3 = at[3][i], m1 = (p2 - p0) / 2, m2 = (p3 - p1) / 2;
        cursor->cubic[i][0] = p1;
        cursor->cubic[i][1] = m1;
        cursor->cubic[i][2] = 3 * (p2 - p1) - 2 * m1 - m2;
        cursor->cubic[i][3] = 2 * (p1 - p2) + m1 + m2;
    }
    cursor->node = node + 1;
}

void slow_at(const struct slow *slow, struct slow_cursor *cursor, enum site site, double t_s,
             struct motion3 value[N_SLOW])
{
    double x = t_s / NODE_S, base = floor(x);
    if (cursor->node != (int64_t)base + 1)
        place_cursor(slow, cursor, site, (int64_t)base);
    x -= base;
    for (int i = 0, n = n_channels(site); i < n; i++) {
        const double *c = cursor->cubic[i];
        value[i].value = c[0] + x * (c[1] + x * (c[2] + x * c[3]));
        value[i].first = (c[1] + x * (2 * c[2] + x * 3 * c[3])) / NODE_S;
        value[i].second = (2 * c[2] + 6 * x * c[3]) / (NODE_S * NODE_S);
    }
}
