// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/compartment.h"

#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define FIR_TAPS   41
#define FIR_CUT_HZ 6.0
#define PATIENCE   500    // blocks of 10 ms before the kind of the signal changes
#define TWIST_KEEP 0.999F // per block: 10 s
#define BLOCK_S    (1.0F / (float)MOTION_RATE_HZ)

void compartment_design(struct fir *fir)
{
    fir_design_low_pass(fir, FIR_TAPS, MOTION_RATE_HZ, FIR_CUT_HZ);
}

void compartment_init(struct compartment *c, int site, int spine_0, int spine_1)
{
    memset(c, 0, sizeof *c);
    c->site = site;
    c->spine[0] = spine_0;
    c->spine[1] = spine_1;
}

// About the vertical gravity tells nothing; the difference of the rates does, but for what is slow.
static void follow_twist(struct compartment *c, const struct motion *m, int i)
{
    const float *site = m->rate[c->site], *spine = m->rate[c->spine[i]];
    const float *up_site = m->up[c->site], *up_spine = m->up[c->spine[i]];
    float rate = 0;
    for (int a = 0; a < 3; a++)
        rate += up_site[a] * site[a] - up_spine[a] * spine[a];
    c->twist_deg[i] = TWIST_KEEP * (c->twist_deg[i] + rate * (float)DEG_PER_RAD * BLOCK_S);
}

// The small turn of the site against the spine, degrees about segment axes (y positive: upper end forward), from the
// cross product of their ups. Lying on a side the breath turns about
// the vertical, which the twist shows; upright the twist is that of the trunk, no breath, and weighs nothing.
static void add_relative(const struct motion *m, int spine, int site, float twist_deg, float turn[BREATH_AXES])
{
    const float *a = m->up[spine], *b = m->up[site];
    const float deg = (float)DEG_PER_RAD, share = twist_deg * fabsf(a[1]);
    turn[0] += share * a[0] - deg * (a[1] * b[2] - a[2] * b[1]);
    turn[1] += share * a[1] - deg * (a[2] * b[0] - a[0] * b[2]);
    turn[2] += share * a[2] - deg * (a[0] * b[1] - a[1] * b[0]);
}

// Against the mean of the spine's sites that measure. False when there is none, or the site itself does not.
static bool relative_turn(struct compartment *c, const struct motion *m, uint32_t *against, float turn[BREATH_AXES])
{
    uint32_t there = m->valid & m->has_yaw;
    int n = 0;
    *against = 0;
    memset(turn, 0, BREATH_AXES * sizeof *turn);
    for (int i = 0; i < 2; i++)
        if (there & SITE_BIT(c->site) && there & SITE_BIT(c->spine[i])) {
            follow_twist(c, m, i);
            add_relative(m, c->spine[i], c->site, c->twist_deg[i], turn);
            *against |= SITE_BIT(c->spine[i]);
            n++;
        }
    for (int a = 0; a < BREATH_AXES; a++)
        turn[a] /= (float)(n > 0 ? n : 1);
    return n > 0;
}

// Direction of gravity in the sensor, in degrees for small tilts. Without a gyro the specific force itself: orient's
// slow inclination would smooth the breath away. It need not be quiet enough for an angle.
static bool gravity_direction(const struct compartment *c, const struct motion *m, float direction[BREATH_AXES])
{
    uint8_t frames = m->frame_valid[c->site][FRAME_BLOCK_LEN - 1];
    bool gyro = frames & FRAME_GYRO;
    if (gyro ? !(m->valid & SITE_BIT(c->site)) : !(frames & FRAME_ACC))
        return false;
    float scale = gyro ? (float)DEG_PER_RAD : (float)(DEG_PER_RAD / GRAVITY);
    for (int i = 0; i < BREATH_AXES; i++)
        direction[i] = scale * (gyro ? m->up[c->site][i] : m->acc[c->site][i]);
    return true;
}

static void restart(const struct fir *fir, struct compartment *c, enum breath_kind kind)
{
    c->kind = kind;
    memset(c->base, 0, sizeof c->base);
    for (int a = 0; a < BREATH_AXES; a++) // from the new level, not by a step
        for (int i = 0; i < fir->taps; i++)
            fir_push(fir, &c->fir[a], c->last[a]);
}

// What is relative is better, but it may flicker.
static bool is_time_to_change(struct compartment *c, enum breath_kind kind)
{
    if (kind == c->kind || kind == BREATH_NONE) {
        c->better = 0;
        return false;
    }
    return c->kind == BREATH_NONE || ++c->better >= PATIENCE;
}

void compartment_push(const struct fir *fir, struct compartment *c, const struct motion *m)
{
    float x[BREATH_AXES];
    uint32_t against = 0;
    enum breath_kind kind = BREATH_NONE;
    if (relative_turn(c, m, &against, x))
        kind = BREATH_RELATIVE;
    else if (gravity_direction(c, m, x))
        kind = BREATH_GRAVITY;
    if (is_time_to_change(c, kind)) {
        memcpy(c->last, x, sizeof x);
        c->against = against;
        c->turned = m->turned;
        c->better = 0;
        restart(fir, c, kind);
    }
    if (kind == c->kind && kind != BREATH_NONE) {
        if (against != c->against || m->turned != c->turned)
            for (int a = 0; a < BREATH_AXES; a++)
                c->base[a] = c->last[a] - x[a];
        c->against = against;
        c->turned = m->turned;
        for (int a = 0; a < BREATH_AXES; a++)
            c->last[a] = x[a] + c->base[a];
        c->good++;
    }
    for (int a = 0; a < BREATH_AXES; a++)
        fir_push(fir, &c->fir[a], c->last[a]);
}

void compartment_sample(const struct fir *fir, struct compartment *c, struct breath_channel *out)
{
    out->kind = c->kind;
    out->measured = (float)c->good / BLOCKS_PER_SAMPLE;
    for (int a = 0; a < BREATH_AXES; a++)
        out->x[a] = fir_output(fir, &c->fir[a]);
    c->good = 0;
}
