// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the streams that hold angles of the body: `posture`, and `calibration` with those of the tall stand.
#include "publish/special.h"

#define ANGLE(member) .key = #member, .kind = KEY_NUMBER, .unit = "deg", .decimals = 2, .offset = AT(member)
// Every angle is relative to the calibrated stand, where it reads 0.
#define ANGLE_ROWS                                                                                                     \
    {ANGLE(trunk_lean_deg), .sentence = "slope of the line sacrum to C7, forward positive"},                           \
        {ANGLE(trunk_side_lean_deg), .sentence = "the same sideways, to the subject's right positive"},                \
        {ANGLE(thoracic_flexion_deg), .sentence = "pitch of C7 minus pitch of T12; rounding of the upper back"},       \
        {ANGLE(lumbar_flexion_deg), .sentence = "pitch of T12 minus pitch of the sacrum"},                             \
        {ANGLE(neck_flexion_deg), .sentence = "pitch of the head minus pitch of C7"},                                  \
        {ANGLE(pelvic_tilt_deg), .sentence = "pitch of the sacrum, anterior positive"},                                \
        {ANGLE(pelvic_obliquity_deg), .sentence = "roll of the sacrum, right side down positive"},                     \
        {ANGLE(lateral_bend_deg), .sentence = "roll of C7 minus roll of the sacrum"},                                  \
        {ANGLE(trunk_rotation_deg),                                                                                    \
         .sentence = "yaw of C7 minus yaw of the sacrum, left positive, zero mean over the stride"},                   \
        {ANGLE(shoulder_elevation_left_deg), .sentence = "upward tilt of the left acromion away from the thorax"},     \
        {ANGLE(shoulder_elevation_right_deg), .sentence = "upward tilt of the right acromion away from the thorax"},   \
        {ANGLE(shoulder_asymmetry_deg), .sentence = "left minus right shoulder elevation"},                            \
    {                                                                                                                  \
        ANGLE(shoulder_protraction_deg),                                                                               \
            .sentence = "mean pitch of both shoulders against the thorax, forward positive"                            \
    }

#define AT(member) offsetof(struct posture_result, mean.member)
static const struct stream_key posture_mean_keys[] = {
    ANGLE_ROWS,
    {.key = "trunk_rotation_range_deg",
     .kind = KEY_NUMBER,
     .offset = offsetof(struct posture_result, trunk_rotation_range_deg),
     .unit = "deg",
     .decimals = 2,
     .sentence = "range of the trunk's rotation within a stride, peak to peak"},
    END,
};
#undef AT

#define AT(member) offsetof(struct posture_result, now.member)
const struct stream_key stream_posture_keys[] = {
    ANGLE_ROWS,
    {.key = "mean",
     .kind = KEY_OBJECT,
     .nested = posture_mean_keys,
     .sentence = "the same averaged over whole strides, over 1 s when still"},
    {.key = "calibrated",
     .kind = KEY_FLAG,
     .offset = offsetof(struct posture_result, calibrated),
     .sentence = "false: a sensor has no calibration yet, its angles come from the configured mount"},
    {.key = "slipped",
     .kind = KEY_SPECIAL,
     .special = &stream_slipped_list,
     .sentence = "sites that moved on the body since the calibration: what needs them is off by an unknown angle"},
    END,
};
#undef AT

#define AT(member) offsetof(struct calibration_result, tall.member)
static const struct stream_key tall_keys[] = {ANGLE_ROWS, END};
#undef AT

// A row of `sites`; site_fit has more than is published and lacks the slip.
struct shown_fit {
    float tilt_deg, sway_deg, axis_turn_deg, axis_share, slipped_deg;
    int axis;
};

#define FIT(name, unit_text, digits)                                                                                   \
    .key = #name, .kind = KEY_NUMBER, .offset = offsetof(struct shown_fit, name), .unit = unit_text, .decimals = digits

static const char *const axis_names[] = CALIBRATION_AXIS_NAMES;

static const struct stream_key fit_keys[] = {
    {FIT(tilt_deg, "deg", 2), .sentence = "angle between the vertical of the configured mount and the one found"},
    {FIT(sway_deg, "deg", 2), .sentence = "how far gravity wandered in the stand, standard deviation"},
    {.key = "axis",
     .kind = KEY_NAME,
     .offset = offsetof(struct shown_fit, axis),
     .names = axis_names,
     .sentence = "what the medio-lateral axis is known from; mount: the configured one is trusted"},
    {FIT(axis_turn_deg, "deg", 2),
     .sentence = "turn about the vertical from the mount's forward to the one found, left positive"},
    {FIT(axis_share, NULL, 3),
     .sentence = "0.5 to 1: how plainly one axis stood out among the movements; null when the mount is trusted"},
    {FIT(slipped_deg, "deg", 1),
     .sentence = "how far the sensor has turned on the body since; null: it has not slipped"},
    END,
};

static json_t *site_fits(const void *result)
{
    const struct calibration_result *r = result;
    json_t *object = json_object();
    for (int s = 0; s < N_SITES; s++) {
        if (!(r->now.sites & SITE_BIT(s)))
            continue;
        const struct site_fit *fit = &r->now.site[s];
        struct shown_fit shown = {fit->tilt_deg,   fit->sway_deg,     fit->axis_turn_deg,
                                  fit->axis_share, r->slipped_deg[s], fit->axis};
        json_t *site = json_object();
        stream_add_keys(site, fit_keys, &shown, NULL);
        json_object_set_new(object, site_names[s], site);
    }
    return object;
}

static json_t *tall_angles(const void *result)
{
    const struct calibration_result *r = result;
    if (r->now.tall == 0)
        return json_null();
    json_t *object = json_object();
    stream_add_keys(object, tall_keys, result, NULL);
    return object;
}

static json_t *tall_schema(void)
{
    return stream_optional_schema(tall_keys);
}

const struct stream_special stream_site_fits = {site_fits, NULL, NULL};
const struct stream_special stream_tall_angles = {tall_angles, tall_schema, NULL};

static const char *const step_names[] = CALIBRATION_STEP_NAMES;
static const char *const method_names[] = CALIBRATE_METHOD_NAMES;
static const char *const outcome_names[] = CALIBRATION_OUTCOME_NAMES;

#define MEMBER(name) .key = #name, .offset = offsetof(struct calibration_result, name)

const struct stream_key stream_calibration_keys[] = {
    {MEMBER(calibrated), .kind = KEY_FLAG, .sentence = "a calibration is in force"},
    {MEMBER(stored), .kind = KEY_FLAG, .sentence = "the one in force was taken before this start of the daemon"},
    {MEMBER(step), .kind = KEY_NAME, .names = step_names,
     .sentence = "what the calibration waits for or takes now; null: nothing is under way"},
    {MEMBER(progress), .kind = KEY_NUMBER, .decimals = 2,
     .sentence = "0 to 1: how much of the step is done; null without a step"},
    {MEMBER(bows), .kind = KEY_COUNT, .sentence = "forward bows counted in this step; three are wanted"},
    {MEMBER(method), .kind = KEY_NAME, .names = method_names,
     .sentence = "what the last calibrate command asked for; null before the first"},
    {MEMBER(outcome), .kind = KEY_NAME, .names = outcome_names, .sentence = "how that command goes, or how it ended"},
    {MEMBER(commands), .kind = KEY_COUNT,
     .sentence = "calibrate commands taken since the start: tells an outcome from that of the command before"},
    {MEMBER(hint), .kind = KEY_TEXT, .sentence = "for the runner: what to do now, or what is in the way"},
    {.key = "taken",
     .kind = KEY_SPECIAL,
     .special = &stream_taken,
     .sentence = "when the stand of the calibration in force ended, RFC 3339 in UTC; null when that is not known"},
    {.key = "sites",
     .kind = KEY_SITES,
     .nested = fit_keys,
     .special = &stream_site_fits,
     .sentence = "how each calibrated sensor sits on its segment"},
    {.key = "tall",
     .kind = KEY_SPECIAL,
     .nested = tall_keys,
     .special = &stream_tall_angles,
     .sentence = "what the angles read in the tall stand, the best posture the runner could take; null without one"},
    END,
};
