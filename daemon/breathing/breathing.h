// SPDX-License-Identifier: GPL-3.0-or-later
// Breathing rate, depth and single breaths from the tilt of chest and abdomen against the spine (or of the chest alone
// at rest): gait cancelled by the step phase, FFT (whitened by frequency while moving), channels fused by quality,
// breaths counted in the band of the line; null when it cannot know. Pipeline thread; RT-safe after create. Method and
// errors: docs/breathing.md.
#ifndef POISE_BREATHING_BREATHING_H
#define POISE_BREATHING_BREATHING_H

#include "core/setting.h"
#include "frames/motion.h"
#include "frames/output.h"

struct breathing_params {
    double rest_window_s;
    double moving_window_s;
    double min_window_s;
    double min_bpm, max_bpm;
    double gait_tau_s;     // how fast the gait canceller follows
    double min_confidence; // below it the rate is null
};
extern const struct setting breathing_settings[];
extern const size_t n_breathing_settings;

struct breathing;

__attribute__((warn_unused_result)) int breathing_create(struct breathing **out, const struct breathing_params *params);
void breathing_destroy(struct breathing *breathing); // accepts NULL
void breathing_step(struct breathing *breathing, const struct motion *motion, const struct gait_phase *phase);

// Every second of frames; true when result was filled, *index is the window's centre.
bool breathing_pull(struct breathing *breathing, struct breathing_result *result, int64_t *index);

// Breath by breath, a breath or two after it; call until false after every step. *index is the onset of inspiration.
bool breathing_pull_inspiration(struct breathing *breathing, struct inspiration_result *result, int64_t *index);

#endif
