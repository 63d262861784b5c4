// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/steps.h"

#include "frames/output.h"

#include <math.h>
#include <string.h>

#define NEXT_MS      1500.0
#define PATIENCE     20   // blocks without the site before another is followed
#define WALK_TOE_OFF 0.25 // of a step after the other foot's contact: SD 19 to 24 ms over people
#define NO_GYRO      0.8F // confidence of what a rough level gives

// In order of preference: nearest to the centre of mass first.
static const int preferred[] = {SITE_SACRUM, SITE_T12, SITE_C7, SITE_STERNUM, SITE_ABDOMEN, SITE_HEAD};
#define N_PREFERRED ((int)(sizeof preferred / sizeof *preferred))

static void follow(struct steps *p, int site)
{
    p->site = site;
    p->missing = 0;
    contacts_reset(&p->contacts);
    side_reset(&p->side);
}

void steps_reset(struct steps *p)
{
    memset(p, 0, sizeof *p);
    follow(p, -1);
}

// A better site takes over when it delivers; a lost one is waited for a little.
static bool choose(struct steps *p, const struct motion *m)
{
    int best = -1;
    for (int i = N_PREFERRED - 1; i >= 0; i--)
        if (m->has_level & SITE_BIT(preferred[i]))
            best = preferred[i];
    if (p->site >= 0 && m->has_level & SITE_BIT(p->site)) {
        p->missing = 0;
        return true;
    }
    if (p->site < 0 || ++p->missing > PATIENCE)
        follow(p, best);
    return false;
}

static void drop_oldest(struct steps *p)
{
    p->n_pending--;
    memmove(p->pending, p->pending + 1, (size_t)p->n_pending * sizeof *p->pending);
    memmove(p->judged, p->judged + 1, (size_t)p->n_pending * sizeof *p->judged);
}

static void put(struct step *queue, int *n, const struct step *step)
{
    if (*n < STEPS_QUEUE) // pulled after every block, which adds one or two
        queue[(*n)++] = *step;
}

static void add_contact(struct steps *p, const struct contacts_found *found, bool gyro)
{
    if (p->n_pending > 0) {
        struct step *before = &p->pending[p->n_pending - 1];
        before->next_frame = found->contact_frame;
        double length = found->contact_frame - before->contact_frame;
        if (!before->running && !found->running && length < NEXT_MS) // else it began to run in this step
            before->toe_off_frame = found->contact_frame + WALK_TOE_OFF * length;
    }
    if (p->n_pending == STEPS_QUEUE)
        drop_oldest(p);
    p->judged[p->n_pending] = false;
    p->pending[p->n_pending++] = (struct step){.contact_frame = found->contact_frame,
                                               .toe_off_frame = NAN,
                                               .next_frame = NAN,
                                               .foot = FOOT_UNKNOWN,
                                               .confidence = found->confidence * (gyro ? 1 : NO_GYRO),
                                               .running = found->running};
}

static void judge(struct steps *p, double newest_frame, bool gyro, double turning)
{
    for (int i = 0; i < p->n_pending; i++) {
        struct step *step = &p->pending[i];
        if (p->judged[i] || newest_frame < step->contact_frame + SIDE_LATE_MS)
            continue;
        float certain;
        step->foot = side_judge(&p->side, step->contact_frame, step->running, gyro, turning, &certain);
        p->judged[i] = true;
        put(p->contact_out, &p->n_contact_out, step);
    }
}

static void complete(struct steps *p, double newest_frame)
{
    while (p->n_pending > 0 && p->judged[0]) {
        struct step *step = &p->pending[0];
        bool ended = isfinite(step->next_frame);
        if (!ended && newest_frame < step->contact_frame + NEXT_MS)
            return;
        if (ended && step->next_frame - step->contact_frame > NEXT_MS)
            step->next_frame = NAN;
        put(p->step_out, &p->n_step_out, step);
        drop_oldest(p);
    }
}

void steps_step(struct steps *p, const struct motion *m, const struct gait_phase *phase)
{
    if (m->restarted)
        steps_reset(p);
    double newest = (double)m->index - 4.5;
    if (choose(p, m)) {
        int s = p->site;
        bool gyro = m->has_yaw & SITE_BIT(s);
        const struct contacts_input in = {.index = m->index,
                                          .forward = m->acc_level[s][0],
                                          .up = m->acc_level[s][2],
                                          .yaw_rate = gyro ? m->rate[s][2] : 0,
                                          .walking = phase->activity == ACTIVITY_WALK,
                                          .step_hz = (double)phase->step_hz};
        const struct side_input side = {
            .index = m->index, .left = m->acc_level[s][1], .roll_rate = gyro && s == SITE_SACRUM ? m->rate[s][0] : 0};
        struct contacts_found found;
        side_push(&p->side, &side);
        if (contacts_step(&p->contacts, &in, &found)) {
            if (found.toe_off && p->n_pending > 0 && p->pending[p->n_pending - 1].running)
                p->pending[p->n_pending - 1].toe_off_frame = found.toe_off_frame;
            if (found.contact)
                add_contact(p, &found, gyro);
        }
        judge(p, newest, gyro, p->contacts.yaw);
    }
    complete(p, newest);
}

static bool take(struct step *queue, int *n, struct step *step)
{
    if (*n == 0)
        return false;
    *step = queue[0];
    (*n)--;
    memmove(queue, queue + 1, (size_t)*n * sizeof *queue);
    return true;
}

bool steps_pull_contact(struct steps *p, struct step *step)
{
    return take(p->contact_out, &p->n_contact_out, step);
}

bool steps_pull_step(struct steps *p, struct step *step)
{
    return take(p->step_out, &p->n_step_out, step);
}
