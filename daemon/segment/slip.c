// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/slip.h"

#include <math.h>
#include <string.h>

#define WINDOW_FRAMES   100
#define COVERAGE        0.8
#define BEFORE          5 // windows at the old level …
#define BETWEEN         1 // … the one in which it went …
#define AFTER           8 // … and those at the new one
#define SPAN            (BEFORE + BETWEEN + AFTER)
#define STEP_DEG        5.0F
#define STEP_ALONE_DEG  8.0F // with one neighbour only
#define STEADY_DEG      1.5F // how far a window may be from its level's mean; a ramp goes beyond
#define NEIGHBOUR_DEG   1.5F
#define NEIGHBOUR_SHARE 0.25F // of the step

#define B(site) SITE_BIT(SITE_##site)

// What would move with it if it were a posture.
static const uint32_t neighbours[N_SITES] = {
    [SITE_C7] = B(HEAD) | B(STERNUM) | B(T12) | B(SHOULDER_LEFT) | B(SHOULDER_RIGHT) | B(PACK),
    [SITE_T12] = B(C7) | B(SACRUM) | B(STERNUM) | B(ABDOMEN) | B(PACK),
    [SITE_SACRUM] = B(T12) | B(ABDOMEN) | B(C7),
    [SITE_STERNUM] = B(C7) | B(T12) | B(ABDOMEN) | B(SHOULDER_LEFT) | B(SHOULDER_RIGHT),
    [SITE_ABDOMEN] = B(T12) | B(SACRUM) | B(STERNUM),
};

void slip_reset(struct slip *p)
{
    memset(p, 0, sizeof *p);
}

static const struct slip_window *back(const struct slip *p, int n)
{
    return &p->window[(p->windows - 1 - (uint64_t)n) % SLIP_WINDOWS];
}

// Mean over windows [from, from + n) back in time; false when a site is missing there or not steady.
static bool level(const struct slip *p, int site, int from, int n, float mean[2])
{
    for (int a = 0; a < 2; a++) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            if (!(back(p, from + i)->sites & SITE_BIT(site)))
                return false;
            sum += back(p, from + i)->tilt[site][a];
        }
        mean[a] = sum / (float)n;
        for (int i = 0; i < n; i++)
            if (fabsf(back(p, from + i)->tilt[site][a] - mean[a]) > STEADY_DEG)
                return false;
    }
    return true;
}

static bool stepped(const struct slip *p, int site, float *step)
{
    float before[2], after[2];
    if (!level(p, site, 0, AFTER, after) || !level(p, site, AFTER + BETWEEN, BEFORE, before))
        return false;
    *step = hypotf(after[0] - before[0], after[1] - before[1]);
    return true;
}

static bool has_slipped(const struct slip *p, int site, float *by)
{
    if (!stepped(p, site, by) || *by < STEP_DEG)
        return false;
    int witnesses = 0;
    for (int s = 0; s < N_SITES; s++) {
        float moved;
        if (!(neighbours[site] & SITE_BIT(s)) || !stepped(p, s, &moved))
            continue;
        if (moved > fmaxf(NEIGHBOUR_DEG, NEIGHBOUR_SHARE * *by))
            return false;
        witnesses++;
    }
    return witnesses > 1 || (witnesses == 1 && *by > STEP_ALONE_DEG);
}

static void close_window(struct slip *p, bool moving)
{
    struct slip_window *w = &p->window[p->windows++ % SLIP_WINDOWS];
    w->moving = moving;
    w->sites = 0;
    for (int s = 0; s < N_SITES; s++)
        if (p->n[s] >= COVERAGE * p->frames) {
            w->sites |= SITE_BIT(s);
            for (int a = 0; a < 2; a++)
                w->tilt[s][a] = (float)(p->sum[s][a] / p->n[s]);
        }
    p->frames = 0;
    memset(p->sum, 0, sizeof p->sum);
    memset(p->n, 0, sizeof p->n);
}

uint32_t slip_step(struct slip *p, const struct motion *m, const struct gait_phase *phase, float by[N_SITES])
{
    if (m->restarted)
        slip_reset(p);
    for (int s = 0; s < N_SITES; s++)
        if (m->valid & m->has_yaw & SITE_BIT(s)) {
            p->sum[s][0] += (double)m->pitch_deg[s];
            p->sum[s][1] += (double)m->roll_deg[s];
            p->n[s]++;
        }
    p->frames++;
    double stride = floor(phase->step_turns / 2);
    bool at_stride = !phase->moving || stride > p->stride || p->frames >= 3 * WINDOW_FRAMES;
    p->stride = stride;
    if (p->frames < WINDOW_FRAMES || !at_stride)
        return 0;
    close_window(p, phase->moving);
    if (p->windows < SPAN)
        return 0;
    for (int i = 1; i < SPAN; i++) // starting and stopping move every segment
        if (back(p, i)->moving != phase->moving)
            return 0;
    uint32_t found = 0;
    for (int s = 0; s < N_SITES; s++)
        if (neighbours[s] != 0 && has_slipped(p, s, &by[s]))
            found |= SITE_BIT(s);
    return found;
}
