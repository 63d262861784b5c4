// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/strides.h"

#include <math.h>
#include <string.h>

int strides_create(struct strides *s)
{
    memset(s, 0, sizeof *s);
    steps_reset(&s->steps);
    return running_create(&s->running, NAN);
}

void strides_destroy(struct strides *s)
{
    running_destroy(&s->running);
}

void strides_step(struct strides *s, const struct motion *m, const struct gait_phase *phase)
{
    s->step_hz = (double)phase->step_hz;
    steps_step(&s->steps, m, phase);
    s->by_feet = s->steps.site < 0;
    running_push(&s->running, m, s->steps.site);
}

bool strides_pull_contact(struct strides *s, struct contact_result *r, double *frame)
{
    struct step step;
    bool foot = feet_pull_contact(&s->running.feet, &step); // taken in any case, so that it does not wait
    if (s->by_feet ? !foot : !steps_pull_contact(&s->steps, &step))
        return false;
    if (!s->by_feet)
        running_side(&s->running, &step);
    *r = (struct contact_result){.foot = step.foot, .confidence = step.confidence};
    *frame = step.contact_frame;
    return true;
}

bool strides_pull_step(struct strides *s, struct step_result *r, double *frame)
{
    struct step step;
    bool foot = feet_pull_step(&s->running.feet, &step);
    if (s->by_feet ? !foot : !steps_pull_step(&s->steps, &step))
        return false;
    if (!s->by_feet) {
        const struct step by_trunk = step;
        running_side(&s->running, &step);
        running_compare_sides(&s->running, &by_trunk, &step);
    }
    running_measure(&s->running, &step, s->step_hz, r);
    *frame = step.contact_frame;
    return true;
}
