// SPDX-License-Identifier: GPL-3.0-or-later
// How the arms swing, from the gyros at the wrists: amplitude per arm, their asymmetry, how far the plane of the swing
// is turned inward, how much the arms only follow the trunk, and the rate of the arm cycle. In: motion at 100 Hz; the
// gait phase only tells standing from moving, so wrists alone are enough. Out: arms_result once a second over the last
// window. Method and errors: docs/arms.md; the principal axis and the integral after E. Warmerdam et al. 2020,
// "Quantification of Arm Swing during Walking", Sensors 20:5963; we level the axes by gravity and take the thorax off.
// Pipeline thread; RT-safe after create.
#ifndef POISE_ARMS_ARMS_H
#define POISE_ARMS_ARMS_H

#include "core/setting.h"
#include "frames/motion.h"
#include "frames/output.h"

struct arms_params {
    double window_s;       // over which an arm's swing is measured
    double min_regularity; // correlation of an arm's movement with itself a cycle later, below which it is no swing
};
extern const struct setting arms_settings[];
extern const size_t n_arms_settings;

struct arms;

__attribute__((warn_unused_result)) int arms_create(struct arms **out, const struct arms_params *params);
void arms_destroy(struct arms *arms); // accepts NULL
void arms_step(struct arms *arms, const struct motion *motion, const struct gait_phase *phase);

// Every second of frames; true when result was filled, *index is the frame at the window's centre.
bool arms_pull(struct arms *arms, struct arms_result *result, int64_t *index);

#endif
