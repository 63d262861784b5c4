// SPDX-License-Identifier: GPL-3.0-or-later
// One compartment (chest or abdomen) as a signal: how it is tilted against the spine, about three axes, which takes out
// what the trunk does as a whole; or, with no spine site worn, the direction of gravity in its sensor, which serves at
// rest only. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_COMPARTMENT_H
#define POISE_BREATHING_COMPARTMENT_H

#include "breathing/estimator.h"
#include "dsp/fir.h"
#include "frames/motion.h"

#include <stdbool.h>

#define COMPARTMENT_DELAY 200 // frames: (41 - 1) / 2 samples at 100 Hz

struct compartment {
    int site;
    int spine[2]; // the sites it is measured against, whichever is worn
    enum breath_kind kind;
    int better;              // blocks for which the other kind would have served; changes are not hasty
    uint32_t against;        // SITE_BIT of the spine's sites in the signal now
    uint32_t turned;         // of the motion; a calibration that turns the axes makes no breath
    float twist_deg[2];      // about the vertical by the gyros against each of the two, slow part left out
    float base[BREATH_AXES]; // keeps the signal in one piece when sites come and go
    float last[BREATH_AXES]; // held while nothing is measured
    struct fir_state fir[BREATH_AXES];
    int good; // measured blocks since the last sample
};

void compartment_init(struct compartment *c, int site, int spine_0, int spine_1);
void compartment_design(struct fir *fir);
void compartment_push(const struct fir *fir, struct compartment *c, const struct motion *m);
// Every BLOCKS_PER_SAMPLE blocks: what the estimator gets of it.
void compartment_sample(const struct fir *fir, struct compartment *c, struct breath_channel *out);

#endif
