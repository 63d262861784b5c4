// SPDX-License-Identifier: GPL-3.0-or-later
// What is believed of the cadence, from the past only: a probability for every candidate, spread a little from one
// analysis to the next because runners change speed slowly, a small part of it everywhere because they also start, stop
// and break into a run; then weighed with the new scores. Internal to the room. RT-safe.
#ifndef POISE_GAIT_BELIEF_H
#define POISE_GAIT_BELIEF_H

#include "gait/cadence.h"

struct belief {
    double p[CADENCE_GRID];
    bool fresh; // nothing seen yet
};

void belief_reset(struct belief *b);
// Candidates outside from … to are impossible.
void belief_step(struct belief *b, const float score[CADENCE_GRID], int from, int to);
int belief_best(const struct belief *b);
// How much of it is within a few per cent of a candidate: 0 … 1.
double belief_near(const struct belief *b, int candidate);

#endif
