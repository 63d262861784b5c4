// SPDX-License-Identifier: GPL-3.0-or-later
// Sensor to segment: finds how each sensor sits on its segment and turns orientation, rates and acceleration into
// segment axes (x forward, y left, z up in the upright stand), 100 Hz. The vertical comes from a quiet upright stand,
// the medio-lateral axis from gait (gait_axis.h) or guided forward bows (bows.h); until then the configured mount's
// heading is kept. A sensor that slips on the body afterwards is noticed (slip.h). `auto` does all of it without being
// asked; commands lead through it step by step (procedure.c). Until there is a calibration the angles come from the
// mounts alone and calibrated is false. Pipeline thread; RT-safe after create.
#ifndef POISE_SEGMENT_SEGMENT_H
#define POISE_SEGMENT_SEGMENT_H

#include "core/setting.h"
#include "frames/calibration.h"
#include "frames/motion.h"
#include "frames/output.h"

enum calibration_mode { CALIBRATION_AUTO, CALIBRATION_STORED, CALIBRATION_OFF }; // as segment.calibration names them

struct segment_params {
    int calibration; // enum calibration_mode
    double stand_s;  // length of the quiet stand
    double quiet_rate_deg_s;
    double quiet_acc_m_s2; // the same for sites without a gyro
    double limit_s;        // for each step of a command
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
void segment_set_utc(struct segment *segment, int64_t utc_minus_mono_ns);
void segment_command(struct segment *segment, enum calibrate_method method);

void segment_step(struct segment *segment, const struct frame_block *block, struct motion *motion);
// The same block again, when gait has found the phase: bows, the axis from gait, slips.
void segment_observe(struct segment *segment, const struct motion *motion, const struct gait_phase *phase);

bool segment_is_calibrated(const struct segment *segment);
// What is doubtful about a sensor that delivers, in words for the operator; empty when nothing is. Returns words.
const char *segment_doubt(const struct segment *segment, int site, char words[REASON_MAX]);
void segment_slipped(const struct segment *segment, float slipped_deg[N_SITES]); // NaN: has not

// True when something changed, four times a second while a command is under way, else every 5 s of frames. `tall` is
// left alone: it takes posture's definitions.
bool segment_pull(struct segment *segment, struct calibration_result *result, int64_t *index);

#endif
