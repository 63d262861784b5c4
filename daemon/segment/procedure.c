// SPDX-License-Identifier: GPL-3.0-or-later
// How a calibration comes about: without being asked, or led by a command step by step. What is told of it: report.c.
#include "dsp/vec.h"
#include "segment/segment_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LARGEST_BOW_DEG 60.0 // from the mount's forward; more is a wrong mount or a bow to the side

static void enter(struct segment *g, enum calibration_step step)
{
    g->step = step;
    g->step_blocks = 0;
    g->report = true;
    stand_reset(&g->stand);
    bows_reset(&g->bows);
}

// Nothing is asked for: without a calibration a stand is waited for, unless the settings forbid.
static void rest(struct segment *g)
{
    bool waits = g->params.calibration != CALIBRATION_OFF && g->now.sites == 0;
    enter(g, waits ? STEP_STAND : STEP_NONE);
}

static void finish(struct segment *g, enum calibration_outcome outcome)
{
    g->outcome = outcome;
    rest(g);
}

void procedure_begin(struct segment *g)
{
    g->method = -1;
    g->outcome = OUTCOME_NONE;
    rest(g);
}

void procedure_restart(struct segment *g)
{
    stand_reset(&g->stand);
    g->bows.down = false;
}

void segment_command(struct segment *g, enum calibrate_method method)
{
    if (method == CALIBRATE_CANCEL) {
        if (g->outcome == OUTCOME_RUNNING)
            finish(g, OUTCOME_CANCELLED);
        return;
    }
    g->commands++;
    g->method = (int)method;
    g->found = 0;
    g->failure[0] = '\0';
    if (g->params.calibration == CALIBRATION_OFF || (method == CALIBRATE_TALL && g->now.sites == 0)) {
        snprintf(g->failure, sizeof g->failure, "%s",
                 g->params.calibration == CALIBRATION_OFF
                     ? "the settings say segment.calibration: off"
                     : "the tall stand is kept beside a calibration: take that first");
        finish(g, OUTCOME_FAILED);
        return;
    }
    g->outcome = OUTCOME_RUNNING;
    enter(g, method == CALIBRATE_TALL ? STEP_TALL : STEP_STAND);
}

static int64_t utc_now(const struct segment *g)
{
    return g->utc_minus_mono_ns == UTC_UNKNOWN_NS ? UTC_UNKNOWN_NS : g->index * FRAME_PERIOD_NS + g->utc_minus_mono_ns;
}

// The shortest turn: it brings the stand's gravity to z and leaves the mount's heading alone.
static void fit_site(const struct segment *g, int s, struct site_fit *fit)
{
    const double up[3] = {0, 0, 1};
    double force[3], norm = vec3_norm(g->stand.force[s]);
    for (int i = 0; i < 3; i++)
        force[i] = g->stand.force[s][i] / norm;
    *fit = (struct site_fit){.axis = AXIS_MOUNT, .axis_share = NAN, .tall_pitch_deg = NAN, .tall_roll_deg = NAN};
    quat_between(up, force, fit->q_sensor_from_segment);
    memcpy(fit->mount, g->mount[s], sizeof fit->mount);
    fit->tilt_deg = (float)(acos(fmin(fmax(force[2], -1), 1)) * DEG_PER_RAD);
    fit->sway_deg = stand_sway_deg(&g->stand, s);
}

// A stand nobody asked for only adds the sites that joined since.
static void take_stand(struct segment *g)
{
    bool adding = g->outcome != OUTCOME_RUNNING && g->now.sites != 0;
    doubt_take_stand(&g->doubt, &g->stand);
    if (adding && (g->stand.sites & ~g->now.sites) == 0) { // a site that is still aslant was waited for
        stand_reset(&g->stand);
        return;
    }
    if (!adding)
        memset(&g->now, 0, sizeof g->now);
    for (int s = 0; s < N_SITES; s++) {
        if (!(g->stand.sites & SITE_BIT(s)) || (adding && g->now.sites & SITE_BIT(s)))
            continue;
        if (!(vec3_norm(g->stand.force[s]) > 0))
            continue;
        fit_site(g, s, &g->now.site[s]);
        g->now.sites |= SITE_BIT(s);
        g->now.tall &= ~SITE_BIT(s);
        g->slipped &= ~SITE_BIT(s);
        g->by_running &= ~SITE_BIT(s);
        g->reversed &= ~SITE_BIT(s);
    }
    g->now.taken_utc_ns = utc_now(g);
    if (!adding)
        g->now.tall_utc_ns = UTC_UNKNOWN_NS;
    g->other_mount = 0;
    g->stored = false;
    gait_axis_reset(&g->gait_axis);
    slip_reset(&g->slip);
    segment_apply(g);
    if (g->outcome != OUTCOME_RUNNING) {
        g->failure[0] = '\0'; // what an earlier command missed is there now
        rest(g);
    } else if (g->method == CALIBRATE_STAND)
        finish(g, OUTCOME_DONE);
    else
        enter(g, g->method == CALIBRATE_BOWS ? STEP_BOWS : STEP_GAIT);
}

static void take_tall(struct segment *g)
{
    g->now.tall = 0;
    for (int s = 0; s < N_SITES; s++) {
        struct site_fit *fit = &g->now.site[s];
        double norm = vec3_norm(g->stand.force[s]), up[3], segment_from_sensor[4];
        fit->tall_pitch_deg = fit->tall_roll_deg = NAN;
        if (!(g->now.sites & g->stand.sites & SITE_BIT(s)) || !(norm > 0))
            continue;
        for (int i = 0; i < 3; i++)
            up[i] = g->stand.force[s][i] / norm;
        quat_conjugate(g->q_sensor_from_segment[s], segment_from_sensor);
        quat_rotate(segment_from_sensor, up, up);
        fit->tall_pitch_deg = (float)(atan2(-up[0], up[2]) * DEG_PER_RAD);
        fit->tall_roll_deg = (float)(atan2(up[1], hypot(up[0], up[2])) * DEG_PER_RAD);
        g->now.tall |= SITE_BIT(s);
    }
    g->now.tall_utc_ns = utc_now(g);
    g->changes++;
    finish(g, OUTCOME_DONE);
}

void procedure_watch_stand(struct segment *g, const struct frame_block *block)
{
    bool awaited = g->unfitted != 0 || (g->now.sites != 0 && (g->doubt.aslant & ~g->now.sites) != 0);
    bool joined = g->params.calibration != CALIBRATION_OFF && g->step == STEP_NONE && awaited;
    if (g->step != STEP_STAND && g->step != STEP_TALL && !joined)
        return;
    if (!stand_step(&g->stand, &g->params, block))
        return;
    if (g->step == STEP_TALL)
        take_tall(g);
    else
        take_stand(g);
}

// Turns a segment's forward about its vertical. The tall reference turns along.
static void turn_axis(struct segment *g, int s, double turn_rad, enum calibration_axis axis, float share)
{
    struct site_fit *fit = &g->now.site[s];
    const double about[3] = {0, 0, turn_rad};
    double turn[4], turned[4];
    quat_from_rotation_vector(about, turn);
    quat_multiply(fit->q_sensor_from_segment, turn, turned);
    memcpy(fit->q_sensor_from_segment, turned, sizeof turned);
    fit->axis = axis;
    fit->axis_turn_deg += (float)(turn_rad * DEG_PER_RAD);
    fit->axis_share = share;
    if (g->now.tall & SITE_BIT(s)) {
        float c = (float)cos(turn_rad), i = (float)sin(turn_rad), pitch = fit->tall_pitch_deg,
              roll = fit->tall_roll_deg;
        fit->tall_pitch_deg = c * pitch - i * roll;
        fit->tall_roll_deg = i * pitch + c * roll;
    }
    slip_reset(&g->slip);
}

static void take_bows(struct segment *g)
{
    uint32_t aside = 0;
    for (int s = 0; s < N_SITES; s++) {
        struct bows_found found;
        if (!(g->now.sites & SITE_BIT(s)) || !bows_find(&g->bows, s, &found))
            continue;
        if (fabs(found.turn_rad) * DEG_PER_RAD > LARGEST_BOW_DEG) {
            aside |= SITE_BIT(s);
            snprintf(g->failure, sizeof g->failure,
                     "%s bows to %.0f deg from where its mount says is forward: is it, or its mount, turned round?",
                     site_names[s], found.turn_rad * DEG_PER_RAD);
            continue;
        }
        turn_axis(g, s, found.turn_rad, AXIS_BOWS, found.share);
        g->found |= SITE_BIT(s);
    }
    g->reversed = aside;
    gait_axis_reset(&g->gait_axis);
    if (g->found != 0)
        segment_apply(g);
    else if (aside == 0)
        snprintf(g->failure, sizeof g->failure,
                 "the bows did not agree with each other: bow straight forward, slowly and deeply; the stand is kept");
    finish(g, g->found != 0 ? OUTCOME_DONE : OUTCOME_FAILED);
}

static bool is_enough(uint32_t found, uint32_t of)
{
    return found != 0 && 2 * __builtin_popcount(found) >= __builtin_popcount(of);
}

static void watch_gait(struct segment *g, const struct motion *m, const struct gait_phase *phase)
{
    uint32_t able = gait_axis_able() & g->now.sites & ~g->slipped, wanted = 0;
    for (int s = 0; s < N_SITES; s++)
        if (able & SITE_BIT(s) && (g->now.site[s].axis == AXIS_MOUNT || g->by_running & SITE_BIT(s)))
            wanted |= SITE_BIT(s);
    if (wanted == 0 || !gait_axis_step(&g->gait_axis, m, phase, wanted))
        return;
    uint32_t turned = 0;
    for (int s = 0; s < N_SITES; s++) {
        struct axis_found found;
        if (!(wanted & SITE_BIT(s)) || !gait_axis_find(&g->gait_axis, s, &found))
            continue;
        if (found.reversed) {
            g->report = g->report || !(g->reversed & SITE_BIT(s));
            g->reversed |= SITE_BIT(s);
            continue;
        }
        if (!found.from_walking && g->by_running & SITE_BIT(s))
            continue; // only walking may better what running found
        turn_axis(g, s, found.turn_rad, AXIS_GAIT, found.share);
        gait_axis_forget(&g->gait_axis, s); // it was gathered in the old axes
        g->by_running = found.from_walking ? g->by_running & ~SITE_BIT(s) : g->by_running | SITE_BIT(s);
        g->reversed &= ~SITE_BIT(s);
        turned |= SITE_BIT(s);
    }
    if (turned != 0)
        segment_apply(g);
    g->found |= turned;
    if (g->step == STEP_GAIT && is_enough(g->found, able & m->valid))
        finish(g, OUTCOME_DONE);
}

static void watch_slips(struct segment *g, const struct motion *m, const struct gait_phase *phase)
{
    float by[N_SITES];
    uint32_t slipped = slip_step(&g->slip, m, phase, by) & g->now.sites & ~g->slipped;
    for (int s = 0; s < N_SITES; s++)
        if (slipped & SITE_BIT(s))
            g->slipped_deg[s] = by[s];
    g->slipped |= slipped;
    g->report = g->report || slipped != 0;
}

// A step that takes too long fails; what an earlier step gave stays.
static void watch_limit(struct segment *g)
{
    if (g->outcome != OUTCOME_RUNNING || ++g->step_blocks < g->params.limit_s * STAND_BLOCKS_PER_S)
        return;
    char words[STAND_FLAW_WORDS_MAX];
    if (g->step == STEP_BOWS)
        snprintf(g->failure, sizeof g->failure, "%d of %d bows within %.0f s; the stand is kept", g->bows.count,
                 CALIBRATION_BOWS, g->params.limit_s);
    else if (g->step == STEP_GAIT)
        snprintf(g->failure, sizeof g->failure, "no steady straight gait within %.0f s; the stand is kept",
                 g->params.limit_s);
    else
        snprintf(g->failure, sizeof g->failure, "no quiet upright stand within %.0f s%s", g->params.limit_s,
                 stand_flaw_words(&g->stand, words));
    finish(g, g->step == STEP_GAIT && g->found != 0 ? OUTCOME_DONE : OUTCOME_FAILED);
}

void procedure_observe(struct segment *g, const struct motion *m, const struct gait_phase *phase)
{
    if (g->step == STEP_BOWS && bows_step(&g->bows, m)) {
        g->report = true;
        if (g->bows.count >= CALIBRATION_BOWS)
            take_bows(g);
    }
    if (g->step != STEP_BOWS)
        watch_gait(g, m, phase);
    watch_slips(g, m, phase);
    watch_limit(g);
}
