// SPDX-License-Identifier: GPL-3.0-or-later
// Gyro bias of one site by a Kalman filter whose state is the bias alone. At rest the low-passed rate is the bias. In
// motion the inclination correction shows it: what the low-passed specific force has to be turned by, block after
// block, is the horizontal part of the remaining bias in the world, low-passed like the force. The vertical part cannot
// be seen in motion and is only held together loosely. Laidig & Seel 2023, "VQF", Information Fusion 91, section 3.4.
// We differ in the start: while the low-pass still averages n blocks, a block moves its result by 1/n, so a reading's
// variance is raised by the square of what it is above that of the settled filter. So a large first uncertainty can be
// admitted without the first seconds of motion being taken for bias.
// Internal to the room; RT-safe.
#ifndef POISE_ORIENT_BIAS_H
#define POISE_ORIENT_BIAS_H

#include "dsp/biquad.h"
#include "orient/orient.h"

#include <stdbool.h>

struct bias_coeffs {
    double start_variance;   // (rad/s)^2
    double walk;             // variance gained per block
    double rest_reading;     // variance of one low-passed rate at rest
    double motion_reading;   // variance of one horizontal reading in motion
    double vertical_reading; // keeps the unseen part from wandering off
    double clip;             // rad/s
    double block_hz;
};

struct bias_state {
    double bias[3]; // rad/s, sensor axes
    double covariance[3][3];
    struct biquad_state rotation_filter[3][3];
    struct biquad_state turned_filter[2];
    double rotation_sum[3][3], turned_sum[2]; // while the filters still average plainly
    int blocks;
};

void bias_prepare(struct bias_coeffs *coeffs, const struct orient_params *params, double block_hz);
// Forgets the low-passed history. The estimate is kept, a little less certain, when keep, else it starts at zero. In
// motion nothing shows the vertical part: a certainty that is thrown away at every gap lets it wander by degrees a
// second.
void bias_reset(const struct bias_coeffs *coeffs, struct bias_state *state, bool keep);

// Could this low-passed rate at rest be bias, by what is known of it? Gravity does not show a slow turn about the
// vertical (up, in sensor axes): once the bias is known, one that is too fast for it is a turn.
bool bias_is_plausible(const struct bias_state *state, const double rest_rate[3], const double up[3]);

// One block. q is q_world_from_sensor after the correction; force is the unit low-passed specific force in the world
// before it. low_pass and settle are those of the specific force. rest_rate: the low-passed rate at rest, NULL in
// motion.
void bias_step(const struct bias_coeffs *coeffs, struct bias_state *state, const struct biquad *low_pass,
               double settle_blocks, const double q_world_from_sensor[4], const double force_world[3],
               const double *rest_rate);

#endif
