// SPDX-License-Identifier: GPL-3.0-or-later
// What is doubtful about a sensor that delivers. While a site rests for whole seconds its mean specific force must be
// gravity: 5 % more or less is more than zero offsets make (40 mg of a BMI160, 0.04 g), so the scale is wrong. At 25 %
// no acceleration of the site is used any more; its angles, which need directions only, go on. 4 g over a whole second
// are no gravity, at rest or not. Internal to the room; 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_SEGMENT_DOUBT_H
#define POISE_SEGMENT_DOUBT_H

#include "frames/motion.h"
#include "segment/segment.h"
#include "segment/stand.h"

struct doubt_site {
    int n, n_rate; // blocks of the current second
    double acc[3], acc_squared, rate[3], rate_squared;
    int off, right; // resting seconds in a row
};

struct doubt {
    struct doubt_site site[N_SITES];
    int blocks;                  // of the current second
    uint32_t scale, useless;     // SITE_BIT: gravity is off; by so much that accelerations are not used
    float gravity_m_s2[N_SITES]; // as it was when that was found
    uint32_t aslant;             // SITE_BIT: the runner stood, its z was not up
    float aslant_deg[N_SITES];   // how far
};

// One block; axes_missing as in struct frame_block. True when something changed.
bool doubt_step(struct doubt *doubt, const struct segment_params *params, uint32_t axes_missing,
                const struct motion *motion);

// What a stand that was taken shows of the sites in it.
void doubt_take_stand(struct doubt *doubt, const struct stand *stand);

// Takes out of motion what must not be used.
void doubt_withhold(const struct doubt *doubt, struct motion *motion);

// In words for the operator; empty when there is none. Returns words.
const char *doubt_words(const struct doubt *doubt, int site, char words[REASON_MAX]);

#endif
