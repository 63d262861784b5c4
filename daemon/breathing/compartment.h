// SPDX-License-Identifier: GPL-3.0-or-later
// One compartment (chest or abdomen) as a signal at 25 Hz: its tilt against the spine, gait cancelled by an adaptive
// canceller on the harmonics of the stride phase; or, with no spine site worn, the direction of gravity in the sensor,
// which serves at rest only. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_COMPARTMENT_H
#define POISE_BREATHING_COMPARTMENT_H

#include "dsp/fir.h"
#include "frames/motion.h"

#include <stdbool.h>

#define BREATHING_RATE_HZ 25.0
#define BLOCKS_PER_SAMPLE 4
#define COMPARTMENT_RING  2048 // 81.9 s
#define COMPARTMENT_AXES  3    // relative tilt: the first alone; gravity direction: all three
#define CANCEL_WEIGHTS    8    // cosine and sine of stride harmonics 1 … 4
#define COMPARTMENT_DELAY 200  // frames: (41 - 1) / 2 samples at 100 Hz

enum compartment_kind { COMPARTMENT_NONE, COMPARTMENT_RELATIVE, COMPARTMENT_GRAVITY };

struct compartment {
    int site;
    int spine[2]; // the sites it is measured against, whichever is worn
    enum compartment_kind kind;
    struct fir_state fir[COMPARTMENT_AXES];
    float last[COMPARTMENT_AXES]; // held while nothing is measured
    double weight[CANCEL_WEIGHTS];
    int good; // measured blocks since the last sample
    float ring[COMPARTMENT_AXES][COMPARTMENT_RING];
    unsigned char measured[COMPARTMENT_RING];
};

void compartment_init(struct compartment *c, int site, int spine_0, int spine_1);
void compartment_design(struct fir *fir);
// One block. Returns true when the signal's kind changed and the ring must not be read across this point.
bool compartment_push(const struct fir *fir, struct compartment *c, const struct motion *m);
// Every BLOCKS_PER_SAMPLE blocks: one sample into the ring at index at.
void compartment_sample(const struct fir *fir, struct compartment *c, uint64_t at, const struct gait_phase *phase,
                        double gain);
// The newest n samples before `at` of one axis; returns the measured share.
float compartment_window(const struct compartment *c, uint64_t at, int n, int axis, float *out);

#endif
