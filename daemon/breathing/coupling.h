// SPDX-License-Identifier: GPL-3.0-or-later
// Are breaths locked to steps? The phase of the middle of each inspiration within the steps, over the last minute:
// it must stay (R, the mean of the phases' unit vectors), and scatter about a place rather than wander, which the ratio
// of von Neumann tells (2: independent scatter, towards 0: a random walk; J. von Neumann 1941, Ann. Math. Stat. 12).
// R alone would call free breathing at a whole ratio locked. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_COUPLING_H
#define POISE_BREATHING_COUPLING_H

#include "breathing/breath_history.h"

#include <stdbool.h>

#define COUPLING_BREATHS 96 // more than a minute holds

struct coupling {
    double turns[BREATH_HISTORY]; // of the steps, by sample; NaN while not moving
    double middle[COUPLING_BREATHS];
    bool held[COUPLING_BREATHS];
    int n; // breaths noted, the newest last, in a ring
};

void coupling_reset(struct coupling *coupling);
void coupling_steps(struct coupling *coupling, int64_t i, double turns); // every sample
void coupling_breath(struct coupling *coupling, double middle, bool held);
// 0 free … 1 locked, with the nearest ratio in steps per breath, now being the newest sample. NaN: too little is known.
float coupling_index(const struct coupling *coupling, int64_t now, float *ratio);

#endif
