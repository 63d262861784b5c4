// SPDX-License-Identifier: GPL-3.0-or-later
// Counts full circles of an arm from its angle in the sagittal plane, unwrapped. Swinging to and fro, however far, is
// none; a circle that ends a little early, where the person lets go, is one. Internal to the room; 100 Hz; RT-safe; the
// caller owns the struct.
#ifndef POISE_EXERCISE_CIRCLE_H
#define POISE_EXERCISE_CIRCLE_H

#include <stdbool.h>
#include <stdint.h>

struct circle {
    float hanging; // the angle of the arm at its side, a whole number of turns from where it began
    float last;
    int64_t n, ended;    // blocks; of the circle before
    int64_t early, late; // when this one was 30° and 90° out last
    float farthest;      // of this one, from hanging
};

struct circle_done {
    int64_t from, to;
    float swept_deg; // forward positive: the hand goes up behind and comes down in front
};

void circle_begin(struct circle *circle, float x);
bool circle_step(struct circle *circle, float x, struct circle_done *done);

#endif
