// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/finding.h"

const struct quantity_info quantities[N_QUANTITIES] = {
    [QUANTITY_CADENCE] = {"cadence_spm", 1},
    [QUANTITY_TRUNK_LEAN] = {"trunk_lean_deg", 2},
    [QUANTITY_THORACIC_FLEXION] = {"thoracic_flexion_deg", 2},
    [QUANTITY_TRUNK_ROTATION] = {"trunk_rotation_range_deg", 2},
    [QUANTITY_STEP_LENGTH] = {"step_length_m", 3},
    [QUANTITY_CONTACT] = {"contact_ms", 1},
    [QUANTITY_STEP_CV] = {"step_time_cv_pct", 2},
    [QUANTITY_BOUNCE] = {"vertical_oscillation_mm", 1},
    [QUANTITY_VERTICAL_RATIO] = {"vertical_ratio_pct", 2},
    [QUANTITY_IMPACT] = {"impact_g", 2},
    [QUANTITY_BRAKING] = {"braking_g", 3},
    [QUANTITY_ARM_SWING] = {"arm_swing_deg", 1},
    [QUANTITY_BREATHING_RATE] = {"breathing_bpm", 1},
    [QUANTITY_BREATH_DEPTH] = {"breath_depth_deg", 2},
    [QUANTITY_CHEST_FREE] = {"chest_free_deg", 2},
    [QUANTITY_CHEST_SHARE] = {"chest_share", 3},
};
