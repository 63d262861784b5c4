// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/belief.h"

#include <math.h>

// Windows overlap: a score counts for what it adds, so that a change is followed when about half of the window shows
// it.
#define SHARPNESS 3.0
#define FIRST     4.0   // times that for the first score, which adds all that its window holds
#define JUMP      0.005 // per analysis: any cadence after any other
#define NEAR      5     // candidates, 5 %

void belief_reset(struct belief *b)
{
    for (int k = 0; k < CADENCE_GRID; k++)
        b->p[k] = 1.0 / CADENCE_GRID;
    b->fresh = true;
}

void belief_step(struct belief *b, const float score[CADENCE_GRID], int from, int to)
{
    double next[CADENCE_GRID], sum = 0, sharpness = b->fresh ? FIRST * SHARPNESS : SHARPNESS;
    float most = score[from];
    for (int k = from; k <= to; k++)
        most = fmaxf(most, score[k]);
    for (int k = 0; k < CADENCE_GRID; k++) {
        if (k < from || k > to) {
            next[k] = 0;
            continue;
        }
        double below = k > 0 ? b->p[k - 1] : b->p[k], above = k + 1 < CADENCE_GRID ? b->p[k + 1] : b->p[k];
        double prior = (1 - JUMP) * (0.25 * below + 0.5 * b->p[k] + 0.25 * above) + JUMP / (to - from + 1);
        sum += next[k] = prior * exp(sharpness * (double)(score[k] - most));
    }
    for (int k = 0; k < CADENCE_GRID; k++)
        b->p[k] = next[k] / sum;
    b->fresh = false;
}

int belief_best(const struct belief *b)
{
    int best = 0;
    for (int k = 1; k < CADENCE_GRID; k++)
        if (b->p[k] > b->p[best])
            best = k;
    return best;
}

double belief_near(const struct belief *b, int candidate)
{
    double sum = 0;
    for (int k = candidate - NEAR; k <= candidate + NEAR; k++)
        if (k >= 0 && k < CADENCE_GRID)
            sum += b->p[k];
    return sum;
}
