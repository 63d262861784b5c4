// SPDX-License-Identifier: GPL-3.0-or-later
// Units are SI and the time is in t_s in all of them. Axes are turned to x forward, y left, z up where the folder's
// README says how the sensor sat; elsewhere they stay the chip's and calibration has to find the vertical.
#include "import_presets.h"

#include <stddef.h>
#include <string.h>

#define IMU(site, prefix) site "=" prefix "ax," prefix "ay," prefix "az," prefix "gx," prefix "gy," prefix "gz"
// x up and z away from the back: gravity in the still stretch fits a sacrum that slopes and a C7 that leans forward.
#define IMU_X_UP(site, p) site "=-" p "az," p "ay," p "ax,-" p "gz," p "gy," p "gx"

const struct import_preset import_presets[] = {
    {"harlab_actigraph", 100, {"sacrum=waist_ax,waist_ay,waist_az"}, "chip axes; the ankle is no site"},
    {"adept_run", 100, {"sacrum=hip_ax,hip_ay,hip_az"}, "chip axes; the ankle is no site"},
    // Forward is positive: at every foot strike sacrum_a_ap goes negative (braking), then positive (push).
    {"treadmill_run_grf", 500, {"sacrum=sacrum_a_ap,,sacrum_a_vert"}, "x forward, z up, no y"},
    {"supine_paced_breathing", 200, {"sternum=ax,ay,az"}, "chip axes"},
    {"qmt_fullbody",
     100,
     {IMU_X_UP("sacrum", "hip_"), IMU_X_UP("t12", "lower_back_"), IMU_X_UP("c7", "upper_back_"),
      IMU_X_UP("head", "head_"), IMU("foot_left", "foot_left_"), IMU("foot_right", "foot_right_")},
     "z up, forward taken as away from the back; feet in chip axes"},
    {"harlab_hexoskin", 64, {"sacrum=ax,ay,az"}, "chip axes; for the NNN_acc files"},
    {"broad", 2000.0 / 7.0, {IMU("sacrum", "")}, "a hand-held body, z up at rest; the site is a name only"},
    {"ipol_gait", 100, {IMU("sacrum", "")}, "chip axes, x about up"},
    // x up, y to the right (x, y, z are right-handed, checked with the gyro), z forward.
    {"mobilised_lab", 100, {"sacrum=az,-ay,ax,gz,-gy,gx"}, "x forward, y left, z up"},
    {"stroke_treadmill_lumbar", 100, {IMU("sacrum", "")}, "chip axes, x about up"},
    {"mtw17_fullbody",
     60,
     {IMU("sacrum", "pelvis_"), IMU("sternum", "sternum_"), IMU("head", "head_"),
      IMU("shoulder_left", "left_shoulder_"), IMU("shoulder_right", "right_shoulder_"),
      IMU("wrist_left", "left_forearm_"), IMU("wrist_right", "right_forearm_"), IMU("foot_left", "left_foot_"),
      IMU("foot_right", "right_foot_")},
     "chip axes; the upper arms are no sites"},
    {"trunk_arm_mocap",
     120,
     {IMU("sternum", "trunk_"), IMU("wrist_right", "forearm_")},
     "chip axes; upper arm and hand are no sites"},
    {"arm_swing_wrists",
     200,
     {"wrist_left=,,,left_gx,left_gy,left_gz", "wrist_right=,,,right_gx,right_gy,right_gz"},
     "gyroscopes only; x forward, y left, z up"},
    {"shank_walk_run_grf",
     1000.0 / 7.0,
     {"foot_left=shank_a_ap,shank_a_ml,shank_a_vert"},
     "one shank as a foot, the side is not known; vertical up or down by file"},
    {NULL, 0, {NULL}, NULL},
};

const struct import_preset *import_preset_named(const char *name)
{
    for (const struct import_preset *preset = import_presets; preset->name; preset++)
        if (strcmp(preset->name, name) == 0)
            return preset;
    return NULL;
}
