// SPDX-License-Identifier: GPL-3.0-or-later
// The orientation filter of one site; params, coefficients and state apart. Internal to the room. RT-safe.
#ifndef POISE_ORIENT_SITE_FILTER_H
#define POISE_ORIENT_SITE_FILTER_H

#include "dsp/biquad.h"
#include "orient/bias.h"
#include "orient/orient.h"

struct orient_coeffs {
    struct biquad acc_low_pass;      // at the block rate, 100 Hz
    struct biquad acc_only_low_pass; // the same for sites without a gyro
    struct biquad rest_low_pass;     // of rate and acceleration, for rest detection
    double acc_settle_blocks;        // the low-pass averages plainly over so many blocks first
    double acc_only_settle_blocks;
    double rest_rate, rest_acc, bias_clip; // rad/s, m/s^2, rad/s
    double quiet_gain;                     // of the running mean square of an accelerometer-only site's acceleration
    struct bias_coeffs bias;
    int rest_min_blocks;
};

struct orient_state {
    bool running;
    bool ever_ran;  // the bias means something
    int calm_start; // calm blocks since the start; negative: it is decided how long the level is rough
    bool has_gyro;
    double q_inertial_from_sensor[4]; // gyro strapdown, drifts
    double q_world_from_inertial[4];  // inclination correction
    struct bias_state bias;
    double last_rate[3]; // rad/s at the latest frame, bias removed
    struct biquad_state acc_filter[3];
    double acc_sum[3];
    double acc_smooth[3]; // m/s^2, the low-passed specific force, inertial frame (without a gyro: sensor axes)
    int acc_blocks;       // blocks seen by the acceleration low-pass
    struct biquad_state rest_filter[6];
    double rest_acc[3]; // m/s^2, low-passed acceleration of the latest block
    int rest_seen;      // blocks seen by the rest filters
    int rest_blocks;    // blocks of rest so far
    int lost_blocks;    // blocks in a row without what the filter needs
    double hidden;      // rad that clipped and missing rates may have hidden lately
    int rough_blocks;   // until the level counts as found again
    double stir;        // (m/s^2)^2, mean square deviation of the acceleration from its low-pass; without a gyro
};

void orient_prepare(struct orient_coeffs *coeffs, const struct orient_params *params);
void orient_reset(const struct orient_coeffs *coeffs, struct orient_state *state);

// One block of one site: fills q_world_from_sensor and its validity bits, subtracts the bias from the rates.
void orient_site(const struct orient_coeffs *coeffs, struct orient_state *state, struct site_frames *site);

#endif
