// SPDX-License-Identifier: GPL-3.0-or-later
// Inertial orientation of every site, 6 axes, no magnetometer: fills q_world_from_sensor (z up, heading arbitrary) and
// takes the gyro bias out of the rates. Per site: strapdown integration at 1 kHz; unnormalised specific force turned
// into the almost-inertial frame and low-passed there (its mean over whole strides is gravity), which turns the
// inclination; gyro bias estimated at rest and in motion (bias.h). After Laidig & Seel 2023, "VQF", Information Fusion
// 91; here the correction runs at 100 Hz. At rest the heading is held. A rate beyond full scale loses the level:
// gravity is averaged anew, and until that is done the orientation is only FRAME_ROUGH. Accelerometer-only sites give
// the low-passed direction of the force: FRAME_INCLINATION while the acceleration is quiet, else FRAME_ROUGH. Pipeline
// thread; RT-safe after create.
#ifndef POISE_ORIENT_ORIENT_H
#define POISE_ORIENT_ORIENT_H

#include "core/setting.h"
#include "frames/frame_block.h"

// What each means, and what small and large values do, is said by the sentences of orient_settings.
struct orient_params {
    double acc_tau_s;
    double acc_only_tau_s;
    double rest_rate_deg_s;
    double rest_acc_m_s2;
    double rest_min_s;
    double bias_clip_deg_s;
    double bias_start_deg_s;
    double bias_drift_deg_s;
    double bias_rest_deg_s;
    double bias_motion_deg_s;
};
extern const struct setting orient_settings[];
extern const size_t n_orient_settings;

struct orient;

__attribute__((warn_unused_result)) int orient_create(struct orient **out, const struct orient_params *params);
void orient_destroy(struct orient *orient); // accepts NULL
void orient_step(struct orient *orient, struct frame_block *block);

#endif
