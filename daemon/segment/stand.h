// SPDX-License-Identifier: GPL-3.0-or-later
// Watches for a quiet upright stand: whole seconds in which every worn sensor is calm, the trunk upright and nothing
// drifts from one second to the next. A trunk sensor that is not upright while more of the others are, two at least, is
// outvoted: not the runner lies, its axes or its mount are wrong. Internal to the room. RT-safe; the caller owns the
// struct.
#ifndef POISE_SEGMENT_STAND_H
#define POISE_SEGMENT_STAND_H

#include "frames/frame_block.h"
#include "segment/segment.h"

#define STAND_BLOCKS_PER_S   100
#define STAND_FLAW_WORDS_MAX 64

enum stand_flaw { STAND_SOUND, STAND_MOVES, STAND_NOT_UPRIGHT, STAND_DRIFTS, STAND_NO_DATA };

struct stand_site { // sums over the current second
    int n_acc, n_gyro;
    double acc[3], acc_squared;
    double gyro[3], gyro_squared;
};

struct stand {
    struct stand_site second[N_SITES];
    double force[N_SITES][3];  // sum over the quiet seconds of their mean specific force, m/s^2
    double magnitude[N_SITES]; // sum of its magnitudes
    uint32_t sites;            // SITE_BIT of those in it
    uint32_t aslant;           // SITE_BIT: not upright though the runner stands; of the trunk they are not in sites
    float aslant_deg[N_SITES]; // how far from up
    int blocks;                // of the current second
    int seconds;               // quiet ones in a row
    enum stand_flaw flaw;      // of the latest second …
    int flaw_site;             // … and whose
};

void stand_reset(struct stand *stand);
// True when the stand has lasted long enough: force[], magnitude[] and sites then hold the pose.
bool stand_step(struct stand *stand, const struct segment_params *params, const struct frame_block *block);

// How far gravity's direction spread over the seconds of the stand, SD in degrees.
float stand_sway_deg(const struct stand *stand, int site);

// What is wrong with the latest second, to be put behind a sentence: ": c7 moves"; empty when nothing is. Returns
// words.
const char *stand_flaw_words(const struct stand *stand, char words[STAND_FLAW_WORDS_MAX]);

#endif
