// SPDX-License-Identifier: GPL-3.0-or-later
// Cadence and activity: accelerations and turning of the trunk sites → fused normalised power spectra → a belief over
// all cadences (combs scored, step and stride apart) → the mean step rate of the window by the phase of the step's
// line; and a step phase that follows every step (complex demodulation at the tracked frequency). Feet alone serve when
// no trunk site is worn (their fundamental is the stride). Pipeline thread; RT-safe after create. Method and errors:
// docs/cadence.md.
#ifndef POISE_GAIT_GAIT_H
#define POISE_GAIT_GAIT_H

#include "core/setting.h"
#include "frames/motion.h"
#include "frames/output.h"

struct gait_params {
    double window_s;     // of the mean step rate
    double min_window_s; // at the start and while the speed changes
    double min_spm, max_spm;
    double still_m_s2;     // RMS of vertical acceleration below which the runner stands
    double min_confidence; // below it the cadence is null
    double belt_m_s;       // 0: not known
};
extern const struct setting gait_settings[];
extern const size_t n_gait_settings;

struct gait;

__attribute__((warn_unused_result)) int gait_create(struct gait **out, const struct gait_params *params);
void gait_destroy(struct gait *gait); // accepts NULL

// One block; phase is valid at its last frame.
void gait_step(struct gait *gait, const struct motion *motion, struct gait_phase *phase);

// Every 250 ms of frames a new cadence; true when result was filled, *index is the frame it describes.
bool gait_pull(struct gait *gait, struct cadence_result *result, int64_t *index);

// Events of single steps; call until false after every block. *frame is the initial contact, in frames of 1 ms.
bool gait_pull_contact(struct gait *gait, struct contact_result *result, double *frame);
bool gait_pull_step(struct gait *gait, struct step_result *result, double *frame);

// Once a second what the last twenty steps have in common.
bool gait_pull_summary(struct gait *gait, struct gait_result *result, int64_t *index);

bool gait_sides_differ(const struct gait *gait);          // worn feet and the trunk tell opposite sides in walking
void gait_set_speed(struct gait *gait, double speed_m_s); // of the belt; 0: not known
void gait_set_leg_length(struct gait *gait, double leg_length_m);

#endif
