// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/running.h"

#include <math.h>
#include <string.h>

#define COVERAGE       0.95F // of the window for the shock
#define SURE           0.6F  // confidence of a contact whose side is compared
#define COMPARED_LEAST 24
#define COMPARED_MOST  60
#define DIFFER_SHARE   0.85F

int running_create(struct running *r, double leg_length_m)
{
    memset(r, 0, sizeof *r);
    dynamics_init(&r->dynamics);
    summary_reset(&r->summary);
    feet_reset(&r->feet);
    r->speed_m_s = NAN;
    r->leg_length_m = leg_length_m;
    return shock_create(&r->shock);
}

void running_destroy(struct running *r)
{
    shock_destroy(&r->shock);
}

void running_push(struct running *r, const struct motion *m, int trunk_site)
{
    if (m->restarted)
        summary_reset(&r->summary);
    dynamics_push(&r->dynamics, m, trunk_site);
    feet_push(&r->feet, m);
}

void running_side(const struct running *r, struct step *step)
{
    float confidence;
    int foot = feet_side(&r->feet, step->contact_frame, &confidence);
    if (foot != FOOT_UNKNOWN)
        step->foot = foot;
}

void running_compare_sides(struct running *r, const struct step *by_trunk, const struct step *step)
{
    float confidence;
    int foot = feet_side(&r->feet, step->contact_frame, &confidence);
    if (step->running || foot == FOOT_UNKNOWN || by_trunk->foot == FOOT_UNKNOWN || by_trunk->confidence < SURE)
        return;
    float weight = r->sides_compared < COMPARED_MOST ? 1.0F / (float)(r->sides_compared + 1) : 1.0F / COMPARED_MOST;
    r->sides_differ += weight * ((foot != by_trunk->foot ? 1.0F : 0.0F) - r->sides_differ);
    r->sides_compared++;
}

bool running_sides_differ(const struct running *r)
{
    return r->sides_compared >= COMPARED_LEAST && r->sides_differ > DIFFER_SHARE;
}

void running_measure(struct running *r, const struct step *step, double step_hz, struct step_result *result)
{
    dynamics_measure(&r->dynamics, step, r->speed_m_s, step_hz, result);
    summary_push(&r->summary, step, result);
}

static float shock_db(struct running *r, const struct channel *head, const struct channel *pelvis, uint64_t at)
{
    float out[SHOCK_SAMPLES], in[SHOCK_SAMPLES];
    if (!head || !pelvis || at < SHOCK_SAMPLES || channel_window(head, at, SHOCK_SAMPLES, out) < COVERAGE ||
        channel_window(pelvis, at, SHOCK_SAMPLES, in) < COVERAGE)
        return NAN;
    return shock_attenuation_db(&r->shock, out, in);
}

void running_summary(struct running *r, double now_frame, const struct channel *head, const struct channel *pelvis,
                     uint64_t at, struct gait_result *result)
{
    const struct summary_input in = {
        .now_frame = now_frame, .speed_m_s = r->speed_m_s, .leg_length_m = r->leg_length_m};
    if (!summary_measure(&r->summary, &in, result))
        return;
    result->shock_attenuation_db = shock_db(r, head, pelvis, at);
    result->eversion_left_deg = feet_eversion_deg(&r->feet, FOOT_LEFT);
    result->eversion_right_deg = feet_eversion_deg(&r->feet, FOOT_RIGHT);
}
