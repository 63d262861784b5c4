// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/doubt.h"

#include "dsp/vec.h"
#include "segment/spread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND_BLOCKS 100
#define COVERAGE      0.8
#define OFF_SHARE     0.05 // of gravity
#define RIGHT_SHARE   0.04 // closer than this it is right again
#define USELESS_SHARE 0.25
#define SECONDS       3 // in a row, either way
#define ABSURD_G      4 // no body has that for a second, whatever it does

static void add(struct doubt_site *s, const float acc[3], const float rate[3], bool has_rate)
{
    s->n++;
    s->n_rate += has_rate;
    for (int i = 0; i < 3; i++) {
        double a = (double)acc[i], r = has_rate ? (double)rate[i] : 0;
        s->acc[i] += a;
        s->acc_squared += a * a;
        s->rate[i] += r;
        s->rate_squared += r * r;
    }
}

static bool rests(const struct doubt_site *s, const struct segment_params *p)
{
    // Of what it calls gravity, which may be counts.
    double quiet = p->quiet_acc_m_s2 / GRAVITY * vec3_norm(s->acc) / s->n;
    if (s->n < COVERAGE * SECOND_BLOCKS || !(spread_of(s->acc, s->acc_squared, s->n) < quiet))
        return false;
    return s->n_rate == 0 || spread_of(s->rate, s->rate_squared, s->n_rate) < p->quiet_rate_deg_s / DEG_PER_RAD;
}

// True when the verdict on the site changed.
static bool judge(struct doubt *d, int site, double gravity)
{
    struct doubt_site *s = &d->site[site];
    const uint32_t bit = SITE_BIT(site);
    double share = fabs(gravity / GRAVITY - 1);
    s->off = gravity > ABSURD_G * GRAVITY ? SECONDS : share > OFF_SHARE ? s->off + 1 : 0;
    s->right = share < RIGHT_SHARE ? s->right + 1 : 0;
    uint32_t scale = d->scale & bit, useless = d->useless & bit;
    bool worse = share > USELESS_SHARE && !useless;
    if (s->off >= SECONDS && (!scale || worse)) {
        d->scale |= bit;
        d->gravity_m_s2[site] = (float)gravity;
        d->useless |= worse ? bit : 0;
    } else if (s->right >= SECONDS) {
        d->scale &= ~bit;
        d->useless &= ~bit;
    }
    return scale != (d->scale & bit) || useless != (d->useless & bit);
}

bool doubt_step(struct doubt *d, const struct segment_params *p, uint32_t axes_missing, const struct motion *m)
{
    for (int s = 0; s < N_SITES; s++) {
        const uint8_t valid = m->frame_valid[s][FRAME_BLOCK_LEN - 1];
        if (m->worn & ~axes_missing & SITE_BIT(s) && valid & FRAME_ACC) // clipped or not: nothing at rest is
            add(&d->site[s], m->acc[s], m->rate[s], valid & FRAME_GYRO);
    }
    if (++d->blocks < SECOND_BLOCKS)
        return false;
    bool changed = false;
    d->blocks = 0;
    for (int s = 0; s < N_SITES; s++) {
        struct doubt_site *site = &d->site[s];
        double gravity = site->n > 0 ? vec3_norm(site->acc) / site->n : 0;
        if (gravity > ABSURD_G * GRAVITY || rests(site, p))
            changed = judge(d, s, gravity) || changed;
        *site = (struct doubt_site){.off = site->off, .right = site->right};
    }
    return changed;
}

void doubt_take_stand(struct doubt *d, const struct stand *stand)
{
    d->aslant = (d->aslant & ~stand->sites) | stand->aslant;
    for (int s = 0; s < N_SITES; s++)
        if (stand->aslant & SITE_BIT(s))
            d->aslant_deg[s] = stand->aslant_deg[s];
}

void doubt_withhold(const struct doubt *d, struct motion *m)
{
    m->valid &= ~d->aslant;
    m->has_yaw &= ~d->aslant;
    m->has_level &= ~d->useless;
    for (int s = 0; s < N_SITES; s++)
        for (int f = 0; d->useless & SITE_BIT(s) && f < FRAME_BLOCK_LEN; f++)
            m->frame_valid[s][f] &= (uint8_t)~FRAME_ACC;
}

const char *doubt_words(const struct doubt *d, int s, char words[REASON_MAX])
{
    words[0] = '\0';
    if (d->scale & SITE_BIT(s))
        snprintf(words, REASON_MAX, "gravity reads %.1f m/s2%s: is its scale right?%s", (double)d->gravity_m_s2[s],
                 (double)d->gravity_m_s2[s] > ABSURD_G * GRAVITY ? "" : " at rest",
                 d->useless & SITE_BIT(s) ? " Its accelerations are not used" : "");
    else if (d->aslant & SITE_BIT(s))
        snprintf(words, REASON_MAX,
                 "%.0f deg from upright while the runner stands: are its axes, its mount and its place right? "
                 "It has no angles",
                 (double)d->aslant_deg[s]);
    return words;
}
