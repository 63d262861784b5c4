// SPDX-License-Identifier: GPL-3.0-or-later
// What is usual for a runner: mean, standard deviation and correlation of ten-second means, by gait and by speed in
// steps of 0.25 m/s. A cell is its own running state, so what is kept in the file can be added to after a restart. The
// correlation comes from the differences of neighbours (J. von Neumann, 1941: their mean square is 2 sd² (1 - rho)),
// which needs no final mean. Internal to the room; RT-safe.
#ifndef POISE_FINDINGS_USUAL_H
#define POISE_FINDINGS_USUAL_H

#include "frames/finding.h"

#define USUAL_SPEED_STEP   0.25 // m/s
#define USUAL_UNKNOWN_BIN  0
#define USUAL_CADENCE_BAND 4.0F // steps/min; without a speed, the same cadence stands for the same speed
#define USUAL_MIN_MINUTES  2.0F // less does not tell what is usual

// Of the belt's speed; NaN: unknown. -1: outside the table.
int usual_bin(double speed_m_s);

// One more ten-second mean; previous: the mean just before it in the same cell, NaN: another one or none.
void usual_add(struct usual_cell *cell, float value, float previous);

// A session's cells go into those of earlier ones, weighted by their minutes; at most an hour of the old counts, so
// that the usual follows the runner. true when there was anything.
bool usual_fold(struct usual *before, const struct usual *now);

// At this gait and speed: the cell itself, else between its two neighbours, else one at most 0.25 m/s away. With an
// unknown speed only at a cadence within 4 steps/min of the cell's. false: nothing known.
bool usual_look_up(const struct usual *u, int gait, double speed_m_s, float cadence_spm, enum quantity q,
                   float min_minutes, struct usual_cell *cell);

// Standard deviation per mean of a sum of many such means: sd √((1 + rho) / (1 - rho)), with the little of it given
// back that the cell's own mean has taken out.
double usual_long_sd(const struct usual_cell *cell);

#endif
