// SPDX-License-Identifier: GPL-3.0-or-later
// Rate, breaths, holds and coupling from the signals of chest and abdomen, whatever they were made of: tilt of sensors
// (breathing.c), or the bands of a respiration belt (tests feed those here). 25 samples per second, in degrees or in
// any unit of its own; one sample per call, RT-safe after create. Internal to the room, and the tests' entry.
#ifndef POISE_BREATHING_ESTIMATOR_H
#define POISE_BREATHING_ESTIMATOR_H

#include "breathing/breathing.h"

#define BREATHING_RATE_HZ 25.0
#define BLOCKS_PER_SAMPLE 4
#define BREATH_AXES       3

enum { CHEST, ABDOMEN, N_COMPARTMENTS };

enum breath_kind {
    BREATH_NONE,
    BREATH_RELATIVE, // against the spine: serves while moving too; y: upper end forward, so breathing in is negative
    BREATH_GRAVITY,  // direction of gravity in the sensor: at rest only, sign unknown
    BREATH_BAND,     // one axis, grows with the breath
};

struct breath_channel {
    enum breath_kind kind;
    float measured; // 0 … 1 of this sample
    float x[BREATH_AXES];
};

struct breath_sample {
    struct breath_channel channel[N_COMPARTMENTS];
    bool moving;       // a step frequency is being tracked
    double step_turns; // as in struct gait_phase
    double step_hz;
};

struct breath_estimator;

__attribute__((warn_unused_result)) int breath_estimator_create(struct breath_estimator **out,
                                                                const struct breathing_params *params);
void breath_estimator_destroy(struct breath_estimator *estimator); // accepts NULL
void breath_estimator_reset(struct breath_estimator *estimator);

void breath_estimator_push(struct breath_estimator *estimator, const struct breath_sample *sample);

// Once a second: true when result was filled; *age_s is how long before the newest sample the value lies.
bool breath_estimator_pull(struct breath_estimator *estimator, struct breathing_result *result, double *age_s);
// Breath by breath, until false.
bool breath_estimator_pull_breath(struct breath_estimator *estimator, struct inspiration_result *result, double *age_s);

#endif
