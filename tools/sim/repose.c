// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/repose.h"

#include "sim/attitude.h"
#include "sim/phasor.h"
#include "sim/turning.h"

#include <math.h>
#include <string.h>

#define RAD      0.017453292519943295
#define LEAN_DEG 35
#define DOWN_M   0.42
#define BACK_M   0.30

static const struct {
    double pitch;  // of the lean
    double lever;  // pitch of the line from the hips to here
    double high_m; // above the hips; the shoulders carry the arms
} leaning[N_SITES] = {
    [SITE_SACRUM] = {0.8, 0.8, 0.10},       [SITE_ABDOMEN] = {0.9, 0.85, 0.20},      [SITE_T12] = {1, 0.9, 0.28},
    [SITE_PACK] = {1, 0.9, 0.35},           [SITE_STERNUM] = {1.04, 0.95, 0.42},     [SITE_C7] = {1.06, 1, 0.50},
    [SITE_SHOULDER_LEFT] = {1.06, 1, 0.47}, [SITE_SHOULDER_RIGHT] = {1.06, 1, 0.47}, [SITE_HEAD] = {0.5, 1, 0.68},
    [SITE_WRIST_LEFT] = {0, 1, 0.47},       [SITE_WRIST_RIGHT] = {0, 1, 0.47},
};
// Where a site is on the body that lies: a wrist beside the hips.
static const double along_m[N_SITES] = {
    [SITE_SACRUM] = 0.10,     [SITE_ABDOMEN] = 0.20,     [SITE_T12] = 0.28,           [SITE_PACK] = 0.35,
    [SITE_STERNUM] = 0.42,    [SITE_C7] = 0.50,          [SITE_SHOULDER_LEFT] = 0.47, [SITE_SHOULDER_RIGHT] = 0.47,
    [SITE_HEAD] = 0.68,       [SITE_WRIST_LEFT] = -0.05, [SITE_WRIST_RIGHT] = -0.05,  [SITE_FOOT_LEFT] = -0.9,
    [SITE_FOOT_RIGHT] = -0.9,
};
static const double side_deg[N_LIE_SIDES] = {[LIE_SUPINE] = 0, [LIE_LEFT] = 90, [LIE_RIGHT] = -90, [LIE_PRONE] = 180};

bool repose_is_in(const struct scenario *scenario)
{
    for (int i = 0; i < scenario->n_phases; i++)
        if (scenario->phase[i].kind == PHASE_SIT || scenario->phase[i].kind == PHASE_LIE)
            return true;
    return false;
}

static double side_of(const struct scenario_phase *phase)
{
    return phase->kind == PHASE_LIE ? RAD * side_deg[phase->lie_side] : 0;
}

static struct motion3 by_time(struct motion3 m, double span_s)
{
    return (struct motion3){m.value, m.first / span_s, m.second / (span_s * span_s)};
}

static struct motion3 change(double from, double to, const struct motion3 *step)
{
    return (struct motion3){from + (to - from) * step->value, (to - from) * step->first, (to - from) * step->second};
}

void repose_at(const struct scenario *scenario, double t_s, struct repose *repose)
{
    const struct scenario_phase *phase = scenario_phase_at(scenario, t_s);
    const struct scenario_phase *before = phase == scenario->phase ? phase : phase - 1;
    double span_s = fmin(phase->blend_s, phase->duration_s), x = (t_s - phase->start_s) / span_s;
    struct motion3 step = by_time(smooth_step(x), span_s), bump = by_time(smooth_bump(x), span_s);
    bool lie = phase->kind == PHASE_LIE, lay = before->kind == PHASE_LIE;
    bool low = lie || phase->kind == PHASE_SIT, was_low = lay || before->kind == PHASE_SIT;
    bool leans = low != was_low && !lie && !lay;
    repose->lean = change(0, leans ? LEAN_DEG * RAD : 0, &bump);
    repose->down = change(was_low ? DOWN_M : 0, low ? DOWN_M : 0, &step);
    repose->back = change(was_low ? BACK_M : 0, low ? BACK_M : 0, &step);
    repose->pitch = change(lay ? -90 * RAD : 0, lie ? -90 * RAD : 0, &step);
    // The shorter way round.
    double side = side_of(phase), turn = side - side_of(before);
    turn -= TURN_RAD * round(turn / TURN_RAD * 0.999);
    repose->side = change(side_of(before), side_of(before) + turn, &step);
    repose->lying = lie || (lay && step.value < 1);
}

double repose_lean_share(enum site site)
{
    return leaning[site].pitch;
}

void repose_lean(enum site site, const struct repose *repose, struct motion3 moved[3])
{
    if (repose->lean.value == 0)
        return;
    double lever = leaning[site].lever, high_m = leaning[site].high_m;
    struct phasor at = phasor_at(lever * repose->lean.value / TURN_RAD);
    double rate = lever * repose->lean.first, rate_s = lever * repose->lean.second;
    moved[0].value += high_m * at.s;
    moved[0].first += high_m * at.c * rate;
    moved[0].second += high_m * (at.c * rate_s - at.s * rate * rate);
    moved[2].value += high_m * (at.c - 1);
    moved[2].first -= high_m * at.s * rate;
    moved[2].second -= high_m * (at.s * rate_s + at.c * rate * rate);
}

// A vector of the body's axes in the world's.
static void into_world(const double q[4], const double body[3], double world[3])
{
    double axis[3];
    memset(world, 0, 3 * sizeof *world);
    for (int i = 0; i < 3; i++) {
        turning_axis(q, i, axis);
        for (int k = 0; k < 3; k++)
            world[k] += axis[k] * body[i];
    }
}

// Turns the site with the body about the hips: its own place and velocity there add what a turning frame adds.
static void lay_down(enum site site, const struct repose *repose, const struct motion3 moved[3],
                     struct body_state *state)
{
    struct turning body = {.q = {1, 0, 0, 0}};
    turning_on(&body, 1, &repose->pitch, 1);
    turning_on(&body, 2, &repose->side, 1);
    const double there[3] = {moved[0].value, moved[1].value, moved[2].value + along_m[site]};
    const double going[3] = {moved[0].first, moved[1].first, moved[2].first};
    double place[3], velocity[3], acc[3], sweep[3], tangential[3], centripetal[3], coriolis[3], rate_segment[3];
    into_world(body.q, there, place);
    into_world(body.q, going, velocity);
    into_world(body.q, state->acc_world, acc);
    turning_cross(body.rate, place, sweep);
    turning_cross(body.rate, sweep, centripetal);
    turning_cross(body.rate_s, place, tangential);
    turning_cross(body.rate, velocity, coriolis);
    turning_multiply(body.q, state->q_world_from_segment, state->q_world_from_segment);
    attitude_into_segment(state->q_world_from_segment, body.rate, rate_segment);
    for (int k = 0; k < 3; k++) {
        state->rate_segment[k] += rate_segment[k];
        state->acc_world[k] = acc[k] + 2 * coriolis[k] + tangential[k] + centripetal[k];
    }
    state->rise_m = place[2] - along_m[site];
    attitude_angles(state->q_world_from_segment, state->angle);
}

void repose_apply(enum site site, const struct repose *repose, const struct motion3 moved[3], struct body_state *state)
{
    bool on_ground = (site == SITE_FOOT_LEFT || site == SITE_FOOT_RIGHT) && !repose->lying;
    if (repose->lying)
        lay_down(site, repose, moved, state);
    if (!on_ground) {
        state->acc_world[0] -= repose->back.second;
        state->acc_world[2] -= repose->down.second;
        state->rise_m -= repose->down.value;
    }
    const double up[3] = {state->acc_world[0], state->acc_world[1], state->acc_world[2] + SIM_GRAVITY};
    attitude_into_segment(state->q_world_from_segment, up, state->force_segment);
}
