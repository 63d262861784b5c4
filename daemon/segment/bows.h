// SPDX-License-Identifier: GPL-3.0-or-later
// The medio-lateral axis from guided forward bows. Bowing turns the trunk about it, so the horizontal part of gravity
// in segment axes runs along the line of forward; that the bow is forward gives the sign. Per site the principal axis
// over the bows, and how well single bows agree. Internal to the room; 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_SEGMENT_BOWS_H
#define POISE_SEGMENT_BOWS_H

#include "frames/motion.h"

struct bows {
    int count; // complete bows
    bool down;
    int frames;     // of this one, 10 ms each
    double deepest; // cosine of its largest tilt
    struct bows_site {
        double outer[3]; // of gravity's horizontal part: xx, xy, yy; this bow and all
        double outer_all[3];
        double back[2];    // sum of the horizontal part, weighted by its size; this bow
        double forward[2]; // sum of the single bows' unit vectors toward forward
        double lean;       // largest horizontal part in this bow
        uint32_t bows;     // in which it took part
        bool whole;        // nothing missing in this bow
    } site[N_SITES];
};

struct bows_found {
    double turn_rad; // from the present forward to the one found, left positive
    float share;     // of the larger eigenvalue
};

void bows_reset(struct bows *bows);
// One block; true when a bow was completed.
bool bows_step(struct bows *bows, const struct motion *motion);
// True when the site took part in enough bows that agree.
bool bows_find(const struct bows *bows, int site, struct bows_found *found);

#endif
