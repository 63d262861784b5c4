// SPDX-License-Identifier: GPL-3.0-or-later
// How far a segment has turned about the body's long axis since its rest, degrees, left positive. Upright it is the
// rate about the vertical, integrated: gravity is blind to it and no heading is needed. Lying it is the rate about the
// segment's own z, and gravity, which then lies across, takes the drift out; an accelerometer alone will do. Internal
// to the room; 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_EXERCISE_AXIAL_H
#define POISE_EXERCISE_AXIAL_H

#include "frames/motion.h"

struct axial {
    bool lying;
    double at_rest_rad; // direction of gravity across the segment, when lying
    double angle_deg;
    double rate_deg_s; // the latest: bridges what is missing
};

void axial_rest(struct axial *axial, const struct motion *motion, int site);
bool axial_serves(const struct axial *axial, const struct motion *motion, int site);
void axial_step(struct axial *axial, const struct motion *motion, int site);
void axial_found(struct axial *axial, const struct motion *motion, int site); // after a gap: lying, gravity tells
void axial_bridge(struct axial *axial);                                       // a block that is missing

#endif
