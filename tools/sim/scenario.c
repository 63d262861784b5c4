// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario.h"

#include <math.h>

const char *const phase_kind_names[N_PHASE_KINDS + 1] = {"stand", "walk", "run", "bow", "sit", "lie", NULL};
const char *const lie_side_names[N_LIE_SIDES + 1] = {"supine", "left", "right", "prone", NULL};
const char *const hold_at_names[N_HOLD_ATS + 1] = {"end_expiration", "end_inspiration", NULL};
const char *const drill_names[N_DRILLS + 1] = {"none",        "turn",           "extend", "squeeze", "neck_turns",
                                               "arm_circles", "shoulder_rolls", "swing",  NULL};
const char *const drill_side_names[N_DRILL_SIDES + 1] = {"alternate", "each", "left", "right", "both", NULL};

const struct phase_param_info phase_params[N_PHASE_PARAMS] = {
    [PARAM_CADENCE_SPM] = {"cadence_spm", {0, 112, 164, 0, 0, 0}, 40, 240},
    [PARAM_SPEED_M_S] = {"speed_m_s", {0, 1.4, 2.8, 0, 0, 0}, 0, 8},
    [PARAM_DUTY_FACTOR] = {"duty_factor", {0.62, 0.62, 0.36, 0.62, 0.62, 0.62}, 0.2, 0.8},
    [PARAM_BREATHING_BPM] = {"breathing_bpm", {14, 20, 38, 14, 14, 12}, 3, 80},
    [PARAM_BREATHING_CHEST_DEG] = {"breathing_chest_deg", {2.0, 2.6, 3.6, 2.0, 1.8, 1.2}, 0, 15},
    [PARAM_BREATHING_ABDOMEN_DEG] = {"breathing_abdomen_deg", {3.0, 3.4, 4.0, 3.0, 3.2, 4.0}, 0, 15},
    [PARAM_BREATHING_PHASE_DEG] = {"breathing_phase_deg", {0, 0, 0, 0, 0, 0}, -180, 180},
    [PARAM_BREATHING_SHOULDER_DEG] = {"breathing_shoulder_deg", {0, 0, 0, 0, 0, 0}, 0, 20},
    [PARAM_INSPIRATORY_SHARE] = {"inspiratory_share", {0.42, 0.42, 0.42, 0.42, 0.42, 0.42}, 0.2, 0.7},
    [PARAM_EXPIRATORY_PAUSE] = {"expiratory_pause", {0.15, 0, 0, 0.15, 0.15, 0.15}, 0, 0.25},
    [PARAM_TRUNK_LEAN_DEG] = {"trunk_lean_deg", {0, 2, 6, 0, 4, 0}, -45, 60},
    [PARAM_TRUNK_SIDE_LEAN_DEG] = {"trunk_side_lean_deg", {0, 0, 0, 0, 0, 0}, -30, 30},
    [PARAM_THORACIC_FLEXION_DEG] = {"thoracic_flexion_deg", {0, 0, 1, 0, 6, 0}, -30, 60},
    [PARAM_LUMBAR_FLEXION_DEG] = {"lumbar_flexion_deg", {0, 0, -1, 0, 18, 0}, -40, 60},
    [PARAM_NECK_FLEXION_DEG] = {"neck_flexion_deg", {0, 0, -3, 0, 0, 0}, -50, 60},
    [PARAM_PELVIC_TILT_DEG] = {"pelvic_tilt_deg", {0, 0, 0, 0, 0, 0}, -30, 30},
    [PARAM_LATERAL_BEND_DEG] = {"lateral_bend_deg", {0, 0, 0, 0, 0, 0}, -30, 30},
    [PARAM_TRUNK_ROTATION] = {"trunk_rotation", {1, 1, 1, 1, 1, 1}, 0, 2},
    [PARAM_SHOULDER_ELEVATION_LEFT_DEG] = {"shoulder_elevation_left_deg", {0, 0, 1, 0, 0, 0}, -20, 40},
    [PARAM_SHOULDER_ELEVATION_RIGHT_DEG] = {"shoulder_elevation_right_deg", {0, 0, 1, 0, 0, 0}, -20, 40},
    [PARAM_SHOULDER_PROTRACTION_DEG] = {"shoulder_protraction_deg", {0, 0, 0, 0, 0, 0}, -30, 40},
    [PARAM_ARM_SWING] = {"arm_swing", {1, 1, 1, 1, 1, 1}, 0, 3},
    [PARAM_ARM_SWING_LEFT_DEG] = {"arm_swing_left_deg", {40, 40, 56, 40, 40, 40}, 0, 150},
    [PARAM_ARM_SWING_RIGHT_DEG] = {"arm_swing_right_deg", {40, 40, 56, 40, 40, 40}, 0, 150},
    [PARAM_ARM_CROSSING_LEFT_DEG] = {"arm_crossing_left_deg", {0, 0, 0, 0, 0, 0}, -45, 60},
    [PARAM_ARM_CROSSING_RIGHT_DEG] = {"arm_crossing_right_deg", {0, 0, 0, 0, 0, 0}, -45, 60},
    [PARAM_ARM_STIFFNESS] = {"arm_stiffness", {0, 0, 0, 0, 0, 0}, 0, 1},
    [PARAM_STEP_ASYMMETRY_PCT] = {"step_asymmetry_pct", {0, 0, 0, 0, 0, 0}, -60, 60},
    [PARAM_CONTACT_ASYMMETRY_PCT] = {"contact_asymmetry_pct", {0, 0, 0, 0, 0, 0}, -40, 40},
    [PARAM_IMPACT_ASYMMETRY_PCT] = {"impact_asymmetry_pct", {0, 0, 0, 0, 0, 0}, -150, 150},
    [PARAM_WALK_SCALE] = {"walk_scale", {1, 1, 1, 1, 1, 1}, 0.2, 2},
    [PARAM_IMPACT_SCALE] = {"impact_scale", {1, 1, 1, 1, 1, 1}, 0, 4},
    [PARAM_PACK_BOUNCE_MM] = {"pack_bounce_mm", {4, 4, 12, 4, 4, 4}, 0, 80},
    [PARAM_PACK_LAG_MS] = {"pack_lag_ms", {0, 0, 0, 0, 0, 0}, 0, 100},
    [PARAM_PACK_TILT_DEG] = {"pack_tilt_deg", {0, 0, 0, 0, 0, 0}, -45, 45},
    [PARAM_PACK_SIDE_TILT_DEG] = {"pack_side_tilt_deg", {0, 0, 0, 0, 0, 0}, -45, 45},
    [PARAM_FOOT_EVERSION_LEFT_DEG] = {"foot_eversion_left_deg", {10, 10, 12, 10, 10, 10}, 0, 30},
    [PARAM_FOOT_EVERSION_RIGHT_DEG] = {"foot_eversion_right_deg", {10, 10, 12, 10, 10, 10}, 0, 30},
};

// Quintic smooth step: first and second derivative vanish at both ends.
static double smooth(double x)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    return x * x * x * (10 + x * (-15 + 6 * x));
}

static bool is_gait(enum phase_kind kind)
{
    return kind == PHASE_WALK || kind == PHASE_RUN;
}

void scenario_prepare(struct scenario *scenario)
{
    double start_s = 0;
    for (int i = 0; i < scenario->n_phases; i++) {
        scenario->phase[i].start_s = start_s;
        start_s += scenario->phase[i].duration_s;
    }
    // Gait fades in and out during a stand, at the cadence of the gait next to it.
    double cadence = 0;
    for (int i = 0; i < scenario->n_phases && cadence == 0; i++)
        cadence = is_gait(scenario->phase[i].kind) ? scenario->phase[i].from[PARAM_CADENCE_SPM] : 0;
    if (cadence == 0)
        cadence = phase_params[PARAM_CADENCE_SPM].def[PHASE_WALK];
    for (int i = 0; i < scenario->n_phases; i++) {
        struct scenario_phase *phase = &scenario->phase[i];
        if (!is_gait(phase->kind))
            phase->from[PARAM_CADENCE_SPM] = phase->to[PARAM_CADENCE_SPM] = cadence;
        cadence = phase->to[PARAM_CADENCE_SPM];
    }
}

void scenario_stretch(struct scenario *scenario, double factor)
{
    for (int i = 0; i < scenario->n_phases; i++)
        scenario->phase[i].duration_s *= factor;
    scenario_prepare(scenario);
}

double scenario_length_s(const struct scenario *scenario)
{
    const struct scenario_phase *last = &scenario->phase[scenario->n_phases - 1];
    return last->start_s + last->duration_s;
}

const struct scenario_phase *scenario_phase_at(const struct scenario *scenario, double t_s)
{
    int i = scenario->n_phases - 1;
    while (i > 0 && scenario->phase[i].start_s > t_s)
        i--;
    return &scenario->phase[i];
}

static double blend_at(const struct scenario_phase *phase, double t_s)
{
    return smooth((t_s - phase->start_s) / fmin(phase->blend_s, phase->duration_s));
}

double scenario_param(const struct scenario *scenario, enum phase_param param, double t_s)
{
    const struct scenario_phase *phase = scenario_phase_at(scenario, t_s);
    double ramp = smooth((t_s - phase->start_s) / phase->duration_s);
    double value = phase->from[param] + (phase->to[param] - phase->from[param]) * ramp;
    if (phase == scenario->phase)
        return value;
    double before = phase[-1].to[param];
    return before + (value - before) * blend_at(phase, t_s);
}

double scenario_weight(const struct scenario *scenario, enum phase_kind kind, double t_s)
{
    const struct scenario_phase *phase = scenario_phase_at(scenario, t_s);
    double now = phase->kind == kind ? 1 : 0;
    if (phase == scenario->phase)
        return now;
    double before = phase[-1].kind == kind ? 1 : 0;
    return before + (now - before) * blend_at(phase, t_s);
}
