// SPDX-License-Identifier: GPL-3.0-or-later
// The limits of all factors. Where each number comes from: docs/findings.md.
#include "findings/findings.h"

#define AT(member) offsetof(struct findings_params, member)
#define REAL(name, at, its_unit, initial, low, high, what)                                                             \
    {                                                                                                                  \
        .key = name, .type = SETTING_REAL, .offset = at, .unit = its_unit, .def = initial, .min = low, .max = high,    \
        .sentence = what                                                                                               \
    }
// Three rows for a factor whose value must stay beyond its limit: <name>.notice_<unit>, <name>.warn_<unit> and
// <name>.hold_s; two rows for an event or a timer.
#define LIMITS(name, f, suffix, its_unit, notice_, warn_, low, high, what)                                             \
    REAL(name ".notice_" suffix, AT(factor[f].notice), its_unit, notice_, low, high, "Notice: " what),                 \
        REAL(name ".warn_" suffix, AT(factor[f].warn), its_unit, warn_, low, high, "Warning: " what)
#define HELD(name, f, hold)                                                                                            \
    REAL(name ".hold_s", AT(factor[f].hold_s), "s", hold, 0, 3600,                                                     \
         "So long it must last for a warning, a third of it for a notice. Small values tell passing things, large "    \
         "ones "                                                                                                       \
         "only lasting ones.")

#define ABOVE " or more. Small values tell slight deviations, large ones only gross ones."
#define BELOW " or less. Large values tell slight deviations, small ones only gross ones."

static const char *const absolute[] = {"/", NULL};

const struct setting findings_settings[] = {
    LIMITS("left_right_asymmetry", FACTOR_LEFT_RIGHT_ASYMMETRY, "pct", "%", 4, 8, 0.5, 100,
           "step or contact time differs between the feet by so much, with the whole confidence interval," ABOVE),
    HELD("left_right_asymmetry", FACTOR_LEFT_RIGHT_ASYMMETRY, 10),
    REAL("left_right_asymmetry.arms_notice_pct", AT(arms_notice_pct), "%", 20, 1, 200,
         "Notice: the swing of the arms differs by so much" ABOVE),
    REAL("left_right_asymmetry.arms_warn_pct", AT(arms_warn_pct), "%", 40, 1, 200,
         "Warning, with uneven shoulders or a side lean: the swing of the arms differs by so much" ABOVE),
    REAL("left_right_asymmetry.side_lean_notice_deg", AT(side_lean_notice_deg), "deg", 4, 0.5, 45,
         "Notice: the trunk leans to a side by so much" ABOVE),
    REAL("left_right_asymmetry.side_lean_warn_deg", AT(side_lean_warn_deg), "deg", 7, 0.5, 45,
         "Warning, with uneven shoulders or arms: the trunk leans to a side by so much" ABOVE),
    LIMITS("slouching", FACTOR_SLOUCHING, "deg", "deg", 8, 12, 1, 60,
           "the upper back is rounder than in the stand by so much" ABOVE),
    HELD("slouching", FACTOR_SLOUCHING, 60),
    LIMITS("forward_head", FACTOR_FORWARD_HEAD, "deg", "deg", 10, 15, 1, 60,
           "neck flexion and half of the thoracic flexion are so much" ABOVE),
    HELD("forward_head", FACTOR_FORWARD_HEAD, 60),
    LIMITS("rounded_shoulders", FACTOR_ROUNDED_SHOULDERS, "deg", "deg", 6, 10, 1, 60,
           "the shoulders are turned forward by so much" ABOVE),
    HELD("rounded_shoulders", FACTOR_ROUNDED_SHOULDERS, 60),
    LIMITS("swayback", FACTOR_SWAYBACK, "times", NULL, 1, 1.5, 0.2, 5,
           "the lower back is hollow by 5 deg and the upper round by 6 deg, so many times" ABOVE),
    HELD("swayback", FACTOR_SWAYBACK, 60),
    LIMITS("uneven_shoulders", FACTOR_UNEVEN_SHOULDERS, "deg", "deg", 4, 7, 0.5, 45,
           "one shoulder is higher by so much" ABOVE),
    HELD("uneven_shoulders", FACTOR_UNEVEN_SHOULDERS, 120),
    LIMITS("raised_shoulders", FACTOR_RAISED_SHOULDERS, "deg", "deg", 5, 8, 0.5, 45,
           "both shoulders are raised by so much in the mean" ABOVE),
    HELD("raised_shoulders", FACTOR_RAISED_SHOULDERS, 60),
    LIMITS("cold_start", FACTOR_COLD_START, "min", "min", 5, 2, 0, 60,
           "the easy movement before the first run was so short" BELOW),
    REAL("cold_start.hold_s", AT(factor[FACTOR_COLD_START].hold_s), "s", 15, 1, 600,
         "A run is one when it has lasted so long. Small values take a few quick steps for the first run, large ones "
         "tell "
         "it late."),
    REAL("cold_start.notice_rotation_pct", AT(cold_notice_rotation_pct), "%", 60, 5, 100,
         "Notice: in the first ten minutes the trunk turns so little of its usual" BELOW),
    REAL("cold_start.warn_rotation_pct", AT(cold_warn_rotation_pct), "%", 40, 5, 100,
         "Warning: in the first ten minutes the trunk turns so little of its usual" BELOW),
    LIMITS("hydration_due", FACTOR_HYDRATION_DUE, "min", "min", 20, 40, 1, 600,
           "running time since the last mark \"drink\", a timer:" ABOVE),
    LIMITS("shallow_breathing", FACTOR_SHALLOW_BREATHING, "pct", "%", 60, 40, 1, 100,
           "at a quicker rate than usual the breath is so much of the runner's own depth" BELOW),
    HELD("shallow_breathing", FACTOR_SHALLOW_BREATHING, 60),
    LIMITS("accessory_breathing", FACTOR_ACCESSORY_BREATHING, "ratio", NULL, 0.3, 0.5, 0.02, 5,
           "the shoulders rise with the breath by this share of what chest and abdomen move," ABOVE),
    HELD("accessory_breathing", FACTOR_ACCESSORY_BREATHING, 60),
    REAL("accessory_breathing.notice_chest_share", AT(chest_notice_share), NULL, 0.7, 0.51, 1,
         "Notice: the chest does this share of the breath" ABOVE),
    REAL("accessory_breathing.warn_chest_share", AT(chest_warn_share), NULL, 0.85, 0.51, 1,
         "Warning: the chest does this share of the breath" ABOVE),
    LIMITS("thoracic_immobility", FACTOR_THORACIC_IMMOBILITY, "deg", "deg", 8, 5, 0.5, 45,
           "running, the trunk turns against the pelvis by so little in a stride" BELOW),
    HELD("thoracic_immobility", FACTOR_THORACIC_IMMOBILITY, 120),
    REAL("thoracic_immobility.assessed_notice_deg", AT(assessed_notice_deg), "deg", 35, 5, 90,
         "Notice: in the assessment thoracic_rotation the chest turns to a side by so little" BELOW),
    REAL("thoracic_immobility.assessed_warn_deg", AT(assessed_warn_deg), "deg", 25, 5, 90,
         "Warning: in the assessment thoracic_rotation the chest turns to a side by so little" BELOW),
    LIMITS("breath_holding", FACTOR_BREATH_HOLDING, "s", "s", 6, 10, 5, 120, "the breath is held for so long" ABOVE),
    LIMITS("irregular_breathing", FACTOR_IRREGULAR_BREATHING, "pct", "%", 25, 40, 5, 200,
           "the intervals between breaths vary by so much" ABOVE),
    HELD("irregular_breathing", FACTOR_IRREGULAR_BREATHING, 60),
    LIMITS("low_cadence", FACTOR_LOW_CADENCE, "pct", "%", -5, -8, -50, -0.5,
           "against the runner's usual at this speed the cadence has changed by" BELOW),
    HELD("low_cadence", FACTOR_LOW_CADENCE, 60),
    LIMITS("long_step", FACTOR_LONG_STEP, "index", NULL, 1, 2, 0.2, 10,
           "overstride_index, in standard deviations among runners, where the runner's own usual is not known," ABOVE),
    HELD("long_step", FACTOR_LONG_STEP, 60),
    REAL("long_step.notice_ratio", AT(long_step_notice_ratio), NULL, 1.1, 1.01, 3,
         "Notice: step length and braking are so many times the runner's own at this speed" ABOVE),
    REAL("long_step.warn_ratio", AT(long_step_warn_ratio), NULL, 1.2, 1.01, 3,
         "Warning: step length and braking are so many times the runner's own at this speed" ABOVE),
    LIMITS("high_bounce", FACTOR_HIGH_BOUNCE, "pct", "%", 10, 12, 2, 50,
           "vertical oscillation is so much of the step's length, where the runner's own usual is not known," ABOVE),
    HELD("high_bounce", FACTOR_HIGH_BOUNCE, 60),
    REAL("high_bounce.notice_change_pct", AT(bounce_notice_pct), "%", 15, 1, 200,
         "Notice: the vertical ratio is above the runner's own at this speed by so much" ABOVE),
    REAL("high_bounce.warn_change_pct", AT(bounce_warn_pct), "%", 25, 1, 200,
         "Warning: the vertical ratio is above the runner's own at this speed by so much" ABOVE),
    LIMITS("high_impact", FACTOR_HIGH_IMPACT, "pct", "%", 20, 35, 1, 300,
           "the impact is above the runner's own at this speed by so much" ABOVE),
    HELD("high_impact", FACTOR_HIGH_IMPACT, 60),
    LIMITS("lateral_curvature", FACTOR_LATERAL_CURVATURE, "deg", "deg", 5, 8, 0.5, 45,
           "the back is bent to a side by so much" ABOVE),
    HELD("lateral_curvature", FACTOR_LATERAL_CURVATURE, 120),
    LIMITS("hyperkyphosis", FACTOR_HYPERKYPHOSIS, "deg", "deg", 12, 20, 1, 60,
           "the upper back is rounder than in the tall stand by so much" ABOVE),
    HELD("hyperkyphosis", FACTOR_HYPERKYPHOSIS, 120),
    LIMITS("pelvic_tilt", FACTOR_PELVIC_TILT, "deg", "deg", 8, 12, 1, 60,
           "the pelvis is tilted against the tall stand by so much, either way," ABOVE),
    HELD("pelvic_tilt", FACTOR_PELVIC_TILT, 120),
    LIMITS("pack_bounce", FACTOR_PACK_BOUNCE, "mm", "mm", 15, 30, 1, 300,
           "the pack moves against the trunk with every step by so much" ABOVE),
    HELD("pack_bounce", FACTOR_PACK_BOUNCE, 60),
    LIMITS("pack_uneven", FACTOR_PACK_UNEVEN, "deg", "deg", 4, 7, 0.5, 45,
           "the pack hangs to a side, or the runner leans to one since it is on, by so much" ABOVE),
    HELD("pack_uneven", FACTOR_PACK_UNEVEN, 120),
    LIMITS("vest_tight", FACTOR_VEST_TIGHT, "pct", "%", -25, -40, -95, -1,
           "with the vest on the chest's movement has changed by" BELOW),
    HELD("vest_tight", FACTOR_VEST_TIGHT, 120),
    LIMITS("foot_roll", FACTOR_FOOT_ROLL, "deg", "deg", 14, 18, 1, 60, "a foot rolls in stance by so much" ABOVE),
    HELD("foot_roll", FACTOR_FOOT_ROLL, 20),
    REAL("foot_roll.notice_difference_deg", AT(roll_notice_difference_deg), "deg", 5, 0.5, 60,
         "Notice: one foot rolls further than the other by so much" ABOVE),
    REAL("foot_roll.warn_difference_deg", AT(roll_warn_difference_deg), "deg", 8, 0.5, 60,
         "Warning: one foot rolls further than the other by so much" ABOVE),
    LIMITS("arm_swing.too_much", FACTOR_TOO_MUCH, "deg", "deg", 90, 110, 10, 240, "an arm swings by so much" ABOVE),
    HELD("arm_swing.too_much", FACTOR_TOO_MUCH, 60),
    LIMITS("arm_swing.too_little", FACTOR_TOO_LITTLE, "deg", "deg", 20, 12, 1, 120, "an arm swings by so little" BELOW),
    HELD("arm_swing.too_little", FACTOR_TOO_LITTLE, 60),
    LIMITS("arm_swing.uneven", FACTOR_UNEVEN, "pct", "%", 20, 40, 1, 200, "the arms' swings differ by so much" ABOVE),
    HELD("arm_swing.uneven", FACTOR_UNEVEN, 60),
    LIMITS("arm_swing.crossing", FACTOR_CROSSING, "deg", "deg", 20, 30, 1, 60,
           "an arm's plane is turned inward by so much" ABOVE),
    HELD("arm_swing.crossing", FACTOR_CROSSING, 60),
    LIMITS("arm_swing.stiff", FACTOR_STIFF, "share", NULL, 0.6, 0.8, 0.05, 1,
           "the trunk's turning is so much of trunk and arms together" ABOVE),
    HELD("arm_swing.stiff", FACTOR_STIFF, 60),
    LIMITS("drift", FACTOR_DRIFT, "times", NULL, 1, 2, 0.1, 20,
           "a quantity that has drifted did so by so many times what matters (docs/session.md)," ABOVE),
    LIMITS("sitting_long", FACTOR_SITTING_LONG, "min", "min", 30, 60, 1, 600, "without movement for so long" ABOVE),
    {.key = "on_finding",
     .type = SETTING_TEXT,
     .offset = AT(on_finding),
     .size = sizeof((struct findings_params *)0)->on_finding,
     .nullable = true,
     .choices = absolute,
     .sentence = "Program that is run, without a shell, with cause, factor and level as its arguments when a finding "
                 "rises, changes or goes, to buzz or speak; null for none."},
    REAL("on_finding_limit_s", AT(on_finding_limit_s), "s", 5, 0.5, 60, "It is ended after so long."),
};
const size_t n_findings_settings = sizeof findings_settings / sizeof *findings_settings;

const struct setting equipment_settings[] = {
    {.key = "vest",
     .type = SETTING_BOOL,
     .offset = AT(vest),
     .sentence = "Whether a vest or a pack with a chest strap is worn from the start. The marks \"vest on\" and \"vest "
                 "off\" change it while running."},
};
const size_t n_equipment_settings = sizeof equipment_settings / sizeof *equipment_settings;

struct factor_limits findings_default_limits(enum factor factor)
{
    struct factor_limits limits = {0};
    const size_t at = AT(factor) + (size_t)factor * sizeof limits;
    for (size_t i = 0; i < n_findings_settings; i++) {
        const struct setting *row = &findings_settings[i];
        if (row->offset == at + offsetof(struct factor_limits, notice))
            limits.notice = row->def;
        else if (row->offset == at + offsetof(struct factor_limits, warn))
            limits.warn = row->def;
        else if (row->offset == at + offsetof(struct factor_limits, hold_s))
            limits.hold_s = row->def;
    }
    return limits;
}
