// SPDX-License-Identifier: GPL-3.0-or-later
// What can be promised: why a value is null (the sites it needs that do not deliver), and how large errors are.
#include "publish/special.h"

#define B(site) SITE_BIT(SITE_##site)

static const uint32_t trunk = B(SACRUM) | B(T12) | B(C7) | B(STERNUM) | B(ABDOMEN) | B(HEAD);

struct need {
    const char *key;
    uint32_t all, any; // sites that must all, and of which one must, deliver
    bool gyro;         // with a gyro
    const char *words;
};

#define ANY_TRUNK (B(SACRUM) | B(T12) | B(C7) | B(STERNUM))

static const struct need needs[] = {
    {"posture.trunk_lean_deg", 0, ANY_TRUNK, false, "needs sacrum, t12, c7 or sternum"},
    {"posture.trunk_side_lean_deg", 0, ANY_TRUNK, false, "needs sacrum, t12, c7 or sternum"},
    {"posture.thoracic_flexion_deg", B(C7) | B(T12), 0, false, "needs c7 and t12"},
    {"posture.lumbar_flexion_deg", B(T12) | B(SACRUM), 0, false, "needs t12 and sacrum"},
    {"posture.neck_flexion_deg", B(HEAD) | B(C7), 0, false, "needs head and c7"},
    {"posture.pelvic_tilt_deg", B(SACRUM), 0, false, "needs sacrum"},
    {"posture.pelvic_obliquity_deg", B(SACRUM), 0, false, "needs sacrum"},
    {"posture.lateral_bend_deg", B(C7) | B(SACRUM), 0, false, "needs c7 and sacrum"},
    {"posture.trunk_rotation_deg", B(C7) | B(SACRUM), 0, true, "needs c7 and sacrum, with gyros"},
    {"posture.shoulder_elevation_left_deg", B(SHOULDER_LEFT) | B(C7), 0, false, "needs shoulder_left and c7"},
    {"posture.shoulder_elevation_right_deg", B(SHOULDER_RIGHT) | B(C7), 0, false, "needs shoulder_right and c7"},
    {"posture.shoulder_asymmetry_deg", B(SHOULDER_LEFT) | B(SHOULDER_RIGHT) | B(C7), 0, false,
     "needs both shoulders and c7"},
    {"posture.shoulder_protraction_deg", B(SHOULDER_LEFT) | B(SHOULDER_RIGHT) | B(C7), 0, false,
     "needs both shoulders and c7"},
    {"cadence.cadence_spm", 0, trunk | B(FOOT_LEFT) | B(FOOT_RIGHT), false, "needs a trunk site, the head or a foot"},
    {"breathing.rate_bpm", 0, B(STERNUM) | B(ABDOMEN), false,
     "needs sternum or abdomen; while moving also t12, c7 or sacrum, with gyros"},
    {"breathing.chest_deg", B(STERNUM), 0, false, "needs sternum"},
    {"breathing.abdomen_deg", B(ABDOMEN), 0, false, "needs abdomen"},
    {"breathing.chest_share", B(STERNUM) | B(ABDOMEN), 0, false, "needs sternum and abdomen"},
    {"breathing.phase_deg", B(STERNUM) | B(ABDOMEN), 0, false, "needs sternum and abdomen"},
};

// Keys of the contract that this version does not measure yet.
static const char *const not_measured[] = {"breathing.interval_cv_pct", "breathing.hold_s", "breathing.coupling"};

static bool is_met(const struct need *need, const struct status_result *status)
{
    uint32_t there = need->gyro ? status->measuring & status->with_gyro : status->measuring;
    return (there & need->all) == need->all && (need->any == 0 || (there & need->any) != 0);
}

static json_t *unavailable(const void *result)
{
    const struct status_result *status = result;
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (!is_met(&needs[i], status))
            json_object_set_new(object, needs[i].key, json_string(needs[i].words));
    for (size_t i = 0; i < sizeof not_measured / sizeof *not_measured; i++)
        json_object_set_new(object, not_measured[i], json_string("not measured by this version"));
    return object;
}

static json_t *unavailable_schema(void)
{
    return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", "string");
}

const struct stream_special stream_unavailable = {unavailable, unavailable_schema};

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
    {"breathing.rate_bpm", "breaths/min", "mean, steady phases, simulated", 2.0},
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

const struct stream_special stream_stated_errors = {stated_errors, stated_errors_schema};
