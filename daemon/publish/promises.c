// SPDX-License-Identifier: GPL-3.0-or-later
// What can be promised: how large errors are.
#include "publish/special.h"

#define POSTURE_RUN "RMS over strides, simulated run, mounts off by 10 degrees, calibrated"

// What the tests of this version hold it to; docs/ has the figures measured.
static const struct {
    const char *key, *unit, *what;
    double value;
} stated[] = {
    {"posture.mean.trunk_lean_deg", "deg", POSTURE_RUN, 1.0},
    {"posture.mean.trunk_side_lean_deg", "deg", POSTURE_RUN, 1.5},
    {"posture.mean.thoracic_flexion_deg", "deg", POSTURE_RUN, 1.0},
    {"posture.mean.lumbar_flexion_deg", "deg", POSTURE_RUN, 1.0},
    {"posture.mean.neck_flexion_deg", "deg", POSTURE_RUN, 1.0},
    {"posture.mean.pelvic_tilt_deg", "deg", POSTURE_RUN, 1.0},
    {"posture.mean.lateral_bend_deg", "deg", POSTURE_RUN, 1.5},
    {"posture.mean.shoulder_elevation_left_deg", "deg", POSTURE_RUN, 1.5},
    {"posture.mean.shoulder_elevation_right_deg", "deg", POSTURE_RUN, 1.5},
    {"posture.mean.shoulder_protraction_deg", "deg", POSTURE_RUN, 1.5},
    {"cadence.cadence_spm", "steps/min", "mean, steady running, force treadmill and ankle sensors", 1.0},
    {"step.contact_ms", "ms", "mean, running, force treadmill", 25.0},
    {"step.vertical_oscillation_mm", "mm", "mean, simulated run", 3.0},
    {"arms.swing_left_deg", "deg", "mean, simulated run", 2.0},
    {"arms.swing_right_deg", "deg", "mean, simulated run", 2.0},
    {"pack.bounce_mm", "mm", "mean, simulated run", 2.0},
    {"breathing.rate_bpm", "breaths/min", "mean, steady, running 30 to 70 a minute, simulated", 1.2},
};

static json_t *stated_errors(const void *result)
{
    (void)result;
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++)
        json_object_set_new(
            object, stated[i].key,
            json_pack("{s:f, s:s, s:s}", "error", stated[i].value, "unit", stated[i].unit, "what", stated[i].what));
    return object;
}

static json_t *stated_errors_schema(void)
{
    return json_pack("{s:s, s:{s:s, s:[s, s, s]}}", "type", "object", "additionalProperties", "type", "object",
                     "required", "error", "unit", "what");
}

const struct stream_special stream_stated_errors = {stated_errors, stated_errors_schema, NULL};
