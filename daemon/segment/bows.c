// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/bows.h"

#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define DOWN_DEG       15.0 // the trunk's mean tilt where a bow begins …
#define UP_DEG         8.0  // … and ends
#define DEEP_DEG       20.0 // less is no bow
#define SITE_DEG       8.0  // a site that tilts less tells nothing
#define LONGEST_FRAMES 1500 // staying down for longer is no bow
#define SHARE_MIN      0.9
#define SPREAD_MAX_DEG 8.0

static const uint32_t leaders =
    SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_ABDOMEN) | SITE_BIT(SITE_SACRUM);
// What goes along with a bow. Wrists and feet do as they like.
static const uint32_t followers = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_STERNUM) |
                                  SITE_BIT(SITE_ABDOMEN) | SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_HEAD) |
                                  SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT) | SITE_BIT(SITE_PACK);

void bows_reset(struct bows *b)
{
    memset(b, 0, sizeof *b);
}

static void begin(struct bows *b)
{
    b->down = true;
    b->frames = 0;
    b->deepest = 1;
    for (int s = 0; s < N_SITES; s++) {
        struct bows_site *site = &b->site[s];
        memset(site->outer, 0, sizeof site->outer);
        memset(site->back, 0, sizeof site->back);
        site->lean = 0;
        site->whole = true;
    }
}

static void add(struct bows_site *site, const float up[3])
{
    double x = (double)up[0], y = (double)up[1], size = hypot(x, y);
    site->outer[0] += x * x;
    site->outer[1] += x * y;
    site->outer[2] += y * y;
    site->back[0] += x * size;
    site->back[1] += y * size;
    site->lean = fmax(site->lean, size);
}

// Gravity's horizontal part points backward in a forward bow.
static void end(struct bows *b)
{
    b->count++;
    for (int s = 0; s < N_SITES; s++) {
        struct bows_site *site = &b->site[s];
        double size = hypot(site->back[0], site->back[1]);
        if (!(followers & SITE_BIT(s)) || !site->whole || site->lean < sin(SITE_DEG / DEG_PER_RAD) || !(size > 0))
            continue;
        site->bows++;
        for (int i = 0; i < 3; i++)
            site->outer_all[i] += site->outer[i];
        for (int i = 0; i < 2; i++)
            site->forward[i] -= site->back[i] / size;
    }
}

bool bows_step(struct bows *b, const struct motion *m)
{
    double tilt = 0;
    int n = 0;
    for (int s = 0; s < N_SITES; s++)
        if (leaders & m->valid & SITE_BIT(s)) {
            tilt += acos(fmin(fmax((double)m->up[s][2], -1), 1)) * DEG_PER_RAD;
            n++;
        }
    if (n == 0)
        return false;
    tilt /= n;
    if (!b->down && tilt > DOWN_DEG)
        begin(b);
    if (!b->down)
        return false;
    b->deepest = fmin(b->deepest, cos(tilt / DEG_PER_RAD));
    for (int s = 0; s < N_SITES; s++) {
        b->site[s].whole = b->site[s].whole && (m->valid & SITE_BIT(s));
        if (b->site[s].whole)
            add(&b->site[s], m->up[s]);
    }
    if (++b->frames > LONGEST_FRAMES) {
        b->down = tilt > DOWN_DEG;
        b->deepest = 1; // what comes up from here was none
        return false;
    }
    if (tilt > UP_DEG)
        return false;
    b->down = false;
    if (b->deepest > cos(DEEP_DEG / DEG_PER_RAD))
        return false;
    end(b);
    return true;
}

bool bows_find(const struct bows *b, int s, struct bows_found *found)
{
    const struct bows_site *site = &b->site[s];
    if (site->bows < 2)
        return false;
    const double *m = site->outer_all;
    double trace = m[0] + m[2], share = 0.5 * (1 + hypot(m[0] - m[2], 2 * m[1]) / trace);
    double length = hypot(site->forward[0], site->forward[1]) / site->bows;
    double spread_deg = sqrt(fmax(-2 * log(fmin(length, 1)), 0)) * DEG_PER_RAD;
    if (!(share > SHARE_MIN) || !(spread_deg < SPREAD_MAX_DEG))
        return false;
    found->turn_rad = atan2(site->forward[1], site->forward[0]);
    found->share = (float)share;
    return true;
}
