// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/feet.h"

#include <math.h>
#include <string.h>

#define STEP_MAX    1500.0 // frames: then it is complete without a next contact
#define TOE_OFF_MAX 1200.0 // of its contact
#define SIDE_FROM   60.0   // frames after a contact in which the two feet differ most
#define SIDE_TO     180.0
#define STANDS      0.25 // of its top rate
#define SWINGS      0.35

static const int foot_sites[2] = {[FOOT_LEFT] = SITE_FOOT_LEFT, [FOOT_RIGHT] = SITE_FOOT_RIGHT};

void feet_reset(struct feet *f)
{
    memset(f, 0, sizeof *f);
    foot_reset(&f->foot[FOOT_LEFT]);
    foot_reset(&f->foot[FOOT_RIGHT]);
}

static void put(struct step *queue, int *n, const struct step *step)
{
    if (*n == FEET_QUEUE) // nobody pulled: the oldest is lost
        memmove(queue, queue + 1, (size_t)-- * n * sizeof *queue);
    queue[(*n)++] = *step;
}

static bool pull(struct step *queue, int *n, struct step *step)
{
    if (*n == 0)
        return false;
    *step = queue[0];
    memmove(queue, queue + 1, (size_t)-- * n * sizeof *queue);
    return true;
}

static bool both_worn(const struct feet *f)
{
    const uint32_t both = SITE_BIT(SITE_FOOT_LEFT) | SITE_BIT(SITE_FOOT_RIGHT);
    return (f->worn & both) == both;
}

static void take_contact(struct feet *f, int foot, const struct foot_found *found)
{
    struct step step = {.contact_frame = found->contact_frame,
                        .toe_off_frame = NAN,
                        .next_frame = NAN,
                        .foot = foot,
                        .confidence = found->confidence,
                        .running = found->running};
    for (int i = 0; i < f->n_open; i++) // a foot's own next contact is a stride, not a step
        if (isnan(f->open[i].next_frame) && f->open[i].foot != foot && found->contact_frame > f->open[i].contact_frame)
            f->open[i].next_frame = found->contact_frame;
    put(f->open, &f->n_open, &step);
    put(f->contact_out, &f->n_contact_out, &step);
}

static void take_toe_off(struct feet *f, int foot, const struct foot_found *found)
{
    for (int i = f->n_open - 1; i >= 0; i--) {
        struct step *step = &f->open[i];
        double contact = found->toe_off_frame - step->contact_frame;
        if (step->foot == foot && contact > 0 && contact < TOE_OFF_MAX) {
            step->toe_off_frame = found->toe_off_frame;
            step->running = found->running;
            return;
        }
    }
}

void feet_push(struct feet *f, const struct motion *m)
{
    if (m->restarted)
        feet_reset(f);
    f->worn = m->worn;
    for (int foot = FOOT_LEFT; foot <= FOOT_RIGHT; foot++) {
        struct foot_found found;
        if (!(m->worn & SITE_BIT(foot_sites[foot])) || !foot_step(&f->foot[foot], m, foot_sites[foot], &found))
            continue;
        if (found.toe_off)
            take_toe_off(f, foot, &found);
        if (found.contact)
            take_contact(f, foot, &found);
    }
    while (f->n_open > 0) {
        const struct step *oldest = &f->open[0];
        bool whole = !isnan(oldest->toe_off_frame) && (!isnan(oldest->next_frame) || !both_worn(f));
        if (!whole && (double)m->index - oldest->contact_frame < STEP_MAX)
            break;
        struct step step;
        if (!pull(f->open, &f->n_open, &step))
            break;
        put(f->step_out, &f->n_step_out, &step);
    }
}

bool feet_pull_contact(struct feet *f, struct step *step)
{
    return pull(f->contact_out, &f->n_contact_out, step);
}

bool feet_pull_step(struct feet *f, struct step *step)
{
    return pull(f->step_out, &f->n_step_out, step);
}

int feet_side(const struct feet *f, double contact_frame, float *confidence)
{
    double left = foot_turning(&f->foot[FOOT_LEFT], contact_frame + SIDE_FROM, contact_frame + SIDE_TO);
    double right = foot_turning(&f->foot[FOOT_RIGHT], contact_frame + SIDE_FROM, contact_frame + SIDE_TO);
    *confidence = 0;
    if (isnan(left) && isnan(right))
        return FOOT_UNKNOWN;
    // One foot alone: the other is taken to stand exactly when this one swings.
    if (isnan(right))
        right = left < STANDS ? SWINGS : left > SWINGS ? 0 : left;
    if (isnan(left))
        left = right < STANDS ? SWINGS : right > SWINGS ? 0 : right;
    double difference = (left - right) / (left + right);
    *confidence = (float)fmin(0.5 + fabs(difference), 0.99);
    return fabs(difference) < 0.2 ? FOOT_UNKNOWN : difference < 0 ? FOOT_LEFT : FOOT_RIGHT;
}

double feet_stride_hz(const struct feet *f)
{
    double left = foot_stride_hz(&f->foot[FOOT_LEFT]), right = foot_stride_hz(&f->foot[FOOT_RIGHT]);
    return left > 0 && right > 0 ? (left + right) / 2 : left + right;
}

float feet_eversion_deg(const struct feet *f, enum foot foot)
{
    return foot_eversion_deg(&f->foot[foot]);
}
