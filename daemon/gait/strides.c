// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/strides.h"

#include <math.h>
#include <string.h>

#define SIDE_CERTAIN 0.6F

int strides_create(struct strides *s)
{
    memset(s, 0, sizeof *s);
    s->speed_m_s = s->leg_length_m = NAN;
    strides_reset(s);
    return shock_create(&s->shock);
}

void strides_destroy(struct strides *s)
{
    shock_destroy(&s->shock);
}

void strides_reset(struct strides *s)
{
    steps_reset(&s->steps);
    feet_reset(&s->feet);
    dynamics_init(&s->dynamics);
    summary_reset(&s->summary);
    s->n_head = s->n_pelvis = 0;
}

static int keep(float ring[SHOCK_SAMPLES], int n, float x)
{
    if (!isfinite(x))
        return 0;
    memmove(ring, ring + 1, (SHOCK_SAMPLES - 1) * sizeof *ring);
    ring[SHOCK_SAMPLES - 1] = x;
    return n < SHOCK_SAMPLES ? n + 1 : n;
}

void strides_step(struct strides *s, const struct motion *m, const struct gait_phase *phase, float head, float pelvis)
{
    if (m->restarted)
        strides_reset(s);
    s->index = m->index;
    s->step_hz = (double)phase->step_hz;
    steps_step(&s->steps, m, phase);
    feet_push(&s->feet, m);
    s->by_feet = s->steps.site < 0;
    dynamics_push(&s->dynamics, m, s->steps.site);
    s->n_head = keep(s->head, s->n_head, head);
    s->n_pelvis = keep(s->pelvis, s->n_pelvis, pelvis);
}

// A worn foot knows better than the trunk whose contact it was.
static void take_side(const struct strides *s, struct step *step)
{
    float certain;
    int foot = feet_side(&s->feet, step->contact_frame, &certain);
    if (foot != FOOT_UNKNOWN && certain > SIDE_CERTAIN)
        step->foot = foot;
}

bool strides_pull_contact(struct strides *s, struct contact_result *r, double *frame)
{
    struct step step;
    bool foot = feet_pull_contact(&s->feet, &step); // taken in any case, so that it does not wait
    if (s->by_feet ? !foot : !steps_pull_contact(&s->steps, &step))
        return false;
    if (!s->by_feet)
        take_side(s, &step);
    *r = (struct contact_result){.foot = step.foot, .confidence = step.confidence};
    *frame = step.contact_frame;
    return true;
}

bool strides_pull_step(struct strides *s, struct step_result *r, double *frame)
{
    struct step step;
    bool foot = feet_pull_step(&s->feet, &step);
    if (s->by_feet ? !foot : !steps_pull_step(&s->steps, &step))
        return false;
    if (!s->by_feet)
        take_side(s, &step);
    dynamics_measure(&s->dynamics, &step, s->speed_m_s, s->step_hz, r);
    summary_push(&s->summary, &step, r);
    *frame = step.contact_frame;
    return true;
}

void strides_measure(struct strides *s, struct gait_result *r)
{
    const struct summary_input in = {
        .now_frame = (double)s->index, .speed_m_s = s->speed_m_s, .leg_length_m = s->leg_length_m};
    bool moving = summary_measure(&s->summary, &in, r);
    if (moving && s->n_head == SHOCK_SAMPLES && s->n_pelvis == SHOCK_SAMPLES)
        r->shock_attenuation_db = shock_attenuation_db(&s->shock, s->head, s->pelvis);
    r->eversion_left_deg = feet_eversion_deg(&s->feet, FOOT_LEFT);
    r->eversion_right_deg = feet_eversion_deg(&s->feet, FOOT_RIGHT);
}
