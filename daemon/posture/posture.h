// SPDX-License-Identifier: GPL-3.0-or-later
// The posture angles of docs/posture.md from pitch, roll and yaw of the segments: instantaneous, and averaged over
// whole strides while moving or over 1 s when still. What the worn sites cannot tell is NaN. Pipeline thread; RT-safe.
#ifndef POISE_POSTURE_POSTURE_H
#define POISE_POSTURE_POSTURE_H

#include "core/setting.h"
#include "frames/motion.h"
#include "frames/output.h"

struct posture_params {
    double heading_tau_s; // over which the mean heading between C7 and sacrum is forgotten while moving
    int mean_strides;     // how many strides `mean` covers
};
extern const struct setting posture_settings[];
extern const size_t n_posture_settings;

struct posture;

__attribute__((warn_unused_result)) int posture_create(struct posture **out, const struct posture_params *params);
void posture_destroy(struct posture *posture); // accepts NULL
void posture_step(struct posture *posture, const struct motion *motion, const struct gait_phase *phase);

// How much each of these sites counts in the trunk's lean; all 0 when none serves.
void posture_lean_weights(uint32_t sites, float weight[N_SITES]);

// The angles of a held pose from the tilts of these sites; rotation, which has no tilt, is NaN.
void posture_of_tilts(const float pitch_deg[N_SITES], const float roll_deg[N_SITES], uint32_t sites,
                      struct posture_angles *angles);

// Every 50 ms of frames; true when result was filled for frame *index.
bool posture_pull(struct posture *posture, struct posture_result *result, int64_t *index);

#endif
