// SPDX-License-Identifier: GPL-3.0-or-later
// Why a value is null: by "stream.key" the sensors, and the belt's speed, that it needs and that are not there.
#include "publish/special.h"

#define B(site) SITE_BIT(SITE_##site)

#define TRUNK      (B(SACRUM) | B(T12) | B(C7) | B(STERNUM))
#define THORAX     (B(C7) | B(T12) | B(STERNUM))
#define STEP_SITES (TRUNK | B(HEAD))
#define PACED      (STEP_SITES | B(ABDOMEN) | B(FOOT_LEFT) | B(FOOT_RIGHT))
#define SHOULDERS  (B(SHOULDER_LEFT) | B(SHOULDER_RIGHT))
#define WRISTS     (B(WRIST_LEFT) | B(WRIST_RIGHT))

struct need {
    const char *key;
    uint32_t all, any;           // sites that must all, and of which one must, deliver
    uint32_t all_gyro, any_gyro; // the same, with a gyro
    uint32_t and_gyro;           // and of which another one must, with a gyro
    bool speed;                  // of the belt
    const char *words;
};

#define OF_TRUNK .any = TRUNK, .words = "needs sacrum, t12, c7 or sternum"
#define OF_STEPS .any = STEP_SITES, .words = "needs sacrum, t12, c7, sternum or head"
#define OF_SPEED                                                                                                       \
    .any = STEP_SITES, .speed = true, .words = "needs the belt's speed, and sacrum, t12, c7, sternum or head"
#define OF_BREATH                                                                                                      \
    .any = B(STERNUM) | B(ABDOMEN), .words = "needs sternum or abdomen; while moving also t12, c7 or sacrum, with "    \
                                             "gyros"
#define OF_SHOULDERS   .all = SHOULDERS | B(C7), .words = "needs both shoulders and c7"
#define OF_CHEST_BELLY .all = B(STERNUM) | B(ABDOMEN), .words = "needs sternum and abdomen"
#define OF_WRIST_LEFT  .all_gyro = B(WRIST_LEFT), .words = "needs wrist_left, with a gyro"
#define OF_WRIST_RIGHT .all_gyro = B(WRIST_RIGHT), .words = "needs wrist_right, with a gyro"
#define OF_PACK        .all = B(PACK), .any = THORAX, .words = "needs pack, and t12, c7 or sternum"

static const struct need needs[] = {
    {.key = "posture.trunk_lean_deg", OF_TRUNK},
    {.key = "posture.trunk_side_lean_deg", OF_TRUNK},
    {.key = "posture.thoracic_flexion_deg", .all = B(C7) | B(T12), .words = "needs c7 and t12"},
    {.key = "posture.lumbar_flexion_deg", .all = B(T12) | B(SACRUM), .words = "needs t12 and sacrum"},
    {.key = "posture.neck_flexion_deg", .all = B(HEAD) | B(C7), .words = "needs head and c7"},
    {.key = "posture.pelvic_tilt_deg", .all = B(SACRUM), .words = "needs sacrum"},
    {.key = "posture.pelvic_obliquity_deg", .all = B(SACRUM), .words = "needs sacrum"},
    {.key = "posture.lateral_bend_deg", .all = B(C7) | B(SACRUM), .words = "needs c7 and sacrum"},
    {.key = "posture.trunk_rotation_deg", .all_gyro = B(C7) | B(SACRUM), .words = "needs c7 and sacrum, with gyros"},
    {.key = "posture.shoulder_elevation_left_deg",
     .all = B(SHOULDER_LEFT) | B(C7),
     .words = "needs shoulder_left and c7"},
    {.key = "posture.shoulder_elevation_right_deg",
     .all = B(SHOULDER_RIGHT) | B(C7),
     .words = "needs shoulder_right and c7"},
    {.key = "posture.shoulder_asymmetry_deg", OF_SHOULDERS},
    {.key = "posture.shoulder_protraction_deg", OF_SHOULDERS},
    {.key = "cadence.cadence_spm", .any = PACED, .words = "needs a trunk site, the head or a foot"},
    {.key = "breathing.rate_bpm", OF_BREATH},
    {.key = "breathing.chest_deg", .all = B(STERNUM), .words = "needs sternum"},
    {.key = "breathing.abdomen_deg", .all = B(ABDOMEN), .words = "needs abdomen"},
    {.key = "breathing.chest_share", OF_CHEST_BELLY},
    {.key = "breathing.phase_deg", OF_CHEST_BELLY},
    {.key = "breathing.interval_cv_pct", OF_BREATH},
    {.key = "breathing.hold_s", OF_BREATH},
    {.key = "breathing.hold_now_s", OF_BREATH},
    {.key = "breathing.steps_per_breath", OF_BREATH},
    {.key = "breathing.coupling", OF_BREATH},
    {.key = "breathing.coupling_ratio", OF_BREATH},
    {.key = "inspiration.inspiratory_ms", OF_BREATH},
    {.key = "inspiration.expiratory_ms", OF_BREATH},
    {.key = "inspiration.interval_ms", OF_BREATH},
    {.key = "inspiration.depth_deg", OF_BREATH},
    {.key = "contact.foot", OF_STEPS},
    {.key = "contact.confidence", OF_STEPS},
    {.key = "step.foot", OF_STEPS},
    {.key = "step.step_time_ms", OF_STEPS},
    {.key = "step.contact_ms", OF_STEPS},
    {.key = "step.flight_ms", OF_STEPS},
    {.key = "step.vertical_oscillation_mm", OF_STEPS},
    {.key = "step.impact_g", OF_STEPS},
    {.key = "step.loading_rate_g_s", OF_STEPS},
    {.key = "step.braking_g", OF_STEPS},
    {.key = "step.step_length_m", OF_SPEED},
    {.key = "gait.vertical_oscillation_mm", OF_STEPS},
    {.key = "gait.contact_ms", OF_STEPS},
    {.key = "gait.duty_factor", OF_STEPS},
    {.key = "gait.vertical_ratio_pct", OF_SPEED},
    {.key = "gait.step_time_cv_pct", OF_STEPS},
    {.key = "gait.step_asymmetry_pct", OF_STEPS},
    {.key = "gait.contact_asymmetry_pct", OF_STEPS},
    {.key = "gait.impact_g", OF_STEPS},
    {.key = "gait.shock_attenuation_db",
     .all = B(HEAD),
     .any = B(SACRUM) | B(T12),
     .words = "needs head, and sacrum or t12"},
    {.key = "gait.step_length_m", OF_SPEED},
    {.key = "gait.overstride_index", OF_SPEED},
    {.key = "gait.step_asymmetry_ci_pct", OF_STEPS},
    {.key = "gait.contact_asymmetry_ci_pct", OF_STEPS},
    {.key = "gait.loading_rate_g_s", OF_STEPS},
    {.key = "gait.braking_g", OF_STEPS},
    {.key = "gait.eversion_left_deg", .all_gyro = B(FOOT_LEFT), .words = "needs foot_left, with a gyro"},
    {.key = "gait.eversion_right_deg", .all_gyro = B(FOOT_RIGHT), .words = "needs foot_right, with a gyro"},
    {.key = "arms.swing_left_deg", OF_WRIST_LEFT},
    {.key = "arms.swing_right_deg", OF_WRIST_RIGHT},
    {.key = "arms.asymmetry_pct", .all_gyro = WRISTS, .words = "needs both wrists, with gyros"},
    {.key = "arms.crossing_left_deg", OF_WRIST_LEFT},
    {.key = "arms.crossing_right_deg", OF_WRIST_RIGHT},
    {.key = "arms.stiffness",
     .any_gyro = WRISTS,
     .and_gyro = THORAX,
     .words = "needs a wrist, and c7, t12 or sternum, with gyros"},
    {.key = "arms.rate_hz", .any_gyro = WRISTS, .words = "needs a wrist, with a gyro"},
    {.key = "pack.bounce_mm", OF_PACK},
    {.key = "pack.lag_ms", OF_PACK},
    {.key = "pack.tilt_deg", OF_PACK},
    {.key = "pack.side_tilt_deg", OF_PACK},
};

static bool are_there(uint32_t there, uint32_t all, uint32_t any)
{
    return (there & all) == all && (any == 0 || (there & any) != 0);
}

static bool is_met(const struct need *need, const struct status_result *status)
{
    uint32_t with_gyro = status->measuring & status->with_gyro;
    return are_there(status->measuring, need->all, need->any) && are_there(with_gyro, need->all_gyro, need->any_gyro) &&
           are_there(with_gyro, 0, need->and_gyro) && (status->has_speed || !need->speed);
}

static json_t *unavailable(const void *result)
{
    const struct status_result *status = result;
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (!is_met(&needs[i], status))
            json_object_set_new(object, needs[i].key, json_string(needs[i].words));
    return object;
}

static json_t *unavailable_schema(void)
{
    return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", "string");
}

const struct stream_special stream_unavailable = {unavailable, unavailable_schema, NULL};
