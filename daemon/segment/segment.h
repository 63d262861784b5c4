// SPDX-License-Identifier: GPL-3.0-or-later
// Sensor to segment: finds how each sensor sits on its segment and turns orientation, rates and acceleration into
// segment axes (x forward, y left, z up in the upright stand), 100 Hz.
// `auto`: the first quiet upright stand (gyro SD below quiet_rate on every worn site for stand_s) is the neutral pose;
// the shortest turn that brings gravity to z is added to the configured mount, so the nominal heading of the mount is
// kept. Until then angles come from the mounts alone and calibrated is false. Pipeline thread; RT-safe after create.
#ifndef POISE_SEGMENT_SEGMENT_H
#define POISE_SEGMENT_SEGMENT_H

#include "core/setting.h"
#include "frames/calibration.h"
#include "frames/motion.h"
#include "frames/output.h"

struct segment_params {
    int calibration; // 0 auto, 1 stored, 2 off
    double stand_s;  // length of the quiet stand
    double quiet_rate_deg_s;
    double quiet_acc_m_s2; // the same for sites without a gyro
    double upright_deg;    // how far a trunk sensor's nominal z may be from up for the pose to count as upright
};
extern const struct setting segment_settings[];
extern const size_t n_segment_settings;

struct segment;

__attribute__((warn_unused_result)) int segment_create(struct segment **out, const struct segment_params *params);
void segment_destroy(struct segment *segment); // accepts NULL

// What the log says, in its order. A fit taken with another mount than the source's is not used.
void segment_set_mount(struct segment *segment, int site, const double mount[9]);
void segment_set_calibration(struct segment *segment, const struct calibration *calibration);
void segment_command(struct segment *segment, enum calibrate_method method);

void segment_step(struct segment *segment, const struct frame_block *block, struct motion *motion);
bool segment_is_calibrated(const struct segment *segment);

// True when something changed, four times a second while a command is under way, else every 5 s of frames. `tall` is
// left alone: it takes posture's definitions.
bool segment_pull(struct segment *segment, struct calibration_result *result, int64_t *index);

#endif
