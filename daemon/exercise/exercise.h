// SPDX-License-Identifier: GPL-3.0-or-later
// Room exercise: leads through one of the articles' exercises (frames/exercise.h) and measures it: counts repetitions,
// times holds, measures ranges and smoothness. In: motion in segment axes, the commands of the log; out: where it
// stands and every repetition as it is complete. Angles are of segments against each other and against the person's own
// rest position, taken while still before the first movement, and by integrated rates about the segment's long axis
// where gravity is blind, so that they mean the same sitting and lying. Method: docs/assess.md. Pipeline thread;
// RT-safe after create; a pure function of what it is given.
#ifndef POISE_EXERCISE_EXERCISE_H
#define POISE_EXERCISE_EXERCISE_H

#include "core/setting.h"
#include "frames/exercise.h"
#include "frames/motion.h"
#include "frames/output.h"

#include <stdbool.h>
#include <stddef.h>

struct exercise_params {
    double give_up_s; // a part in which nothing happens for so long ends the assessment as stopped
};
extern const struct setting exercise_settings[];
extern const size_t n_exercise_settings;

struct exerciser;

__attribute__((warn_unused_result)) int exercise_create(struct exerciser **out, const struct exercise_params *params);
void exercise_destroy(struct exerciser *exerciser); // accepts NULL

void exercise_set_utc(struct exerciser *exerciser, int64_t utc_minus_mono_ns);
// exercise: enum exercise with ASSESS_START, ignored otherwise. A start while one runs stops that one first. index: the
// newest frame. There is a result to pull at once.
void exercise_command(struct exerciser *exerciser, enum exercise_action action, int exercise, int64_t index);
// The other rooms' outputs of this block, before exercise_step: posture's angles and how the arms swing are taken from
// them, so that they mean here what they mean there. Streams it has no use for are passed over.
void exercise_take(struct exerciser *exerciser, const struct output *output);
void exercise_step(struct exerciser *exerciser, const struct motion *motion, const struct gait_phase *phase);

// True when something changed, four times a second while one runs. All repetitions before the result that counts them.
bool exercise_pull(struct exerciser *exerciser, struct exercise_result *result, int64_t *index);
bool exercise_pull_repetition(struct exerciser *exerciser, struct repetition_result *result, int64_t *index);

#endif
