// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/circle.h"

#include <math.h>
#include <string.h>

#define TURN_DEG    360.0F
#define SHORT_DEG   45.0F // by which a circle may end early
#define ENDED_DEG_S 8.0F  // slower than this, or on its way back, it has ended
#define EARLY_DEG   30.0F // a circle speeds up from the rest evenly: when it passes here and there …
#define LATE_DEG    90.0F
#define TO_REST     1.366 // … tells when it set off: √30 / (√90 − √30) of the time between
#define BEGUN_DEG   4.0F  // from hanging: what came before was a swing

void circle_begin(struct circle *c, float x)
{
    memset(c, 0, sizeof *c);
    c->hanging = c->last = x;
}

bool circle_step(struct circle *c, float x, struct circle_done *done)
{
    float off = x - c->hanging, speed = (x - c->last) * 100;
    c->last = x;
    c->n++;
    if (fabsf(off) < BEGUN_DEG)
        c->farthest = 0;
    if (fabsf(off) < EARLY_DEG)
        c->early = c->n;
    if (fabsf(off) < LATE_DEG)
        c->late = c->n;
    if (fabsf(off) > fabsf(c->farthest))
        c->farthest = off;
    bool full = fabsf(off) >= TURN_DEG;
    bool ended = fabsf(off) >= TURN_DEG - SHORT_DEG && (fabsf(speed) < ENDED_DEG_S || speed * off < 0);
    if (!full && !ended)
        return false;
    // Pitch rises when the upper end goes forward: the hand, the lower end, goes back and up, and comes down in front.
    double begun = (double)c->early - TO_REST * (double)(c->late - c->early);
    done->from = begun > (double)c->ended ? llround(begun) : c->ended;
    done->to = c->n;
    done->swept_deg = fminf(fmaxf(c->farthest, -TURN_DEG), TURN_DEG);
    c->hanging += copysignf(TURN_DEG, off);
    c->ended = c->early = c->late = c->n;
    c->farthest = 0;
    return true;
}
