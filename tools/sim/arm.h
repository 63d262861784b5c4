// SPDX-License-Identifier: GPL-3.0-or-later
// A forearm and the wrist at its end: the arm turns with the trunk, swings against it about an axis that may be turned
// inward, and hangs from the shoulder by an elbow bent as far as the gait asks. Orientation, rate and the wrist's
// acceleration about the shoulder belong to one motion: two pendulums, upper arm and forearm, end to end.
#ifndef POISE_SIM_ARM_H
#define POISE_SIM_ARM_H

#include "sim/stance.h"

struct arm_turns {           // rad, by time
    struct motion3 trunk[3]; // pitch, roll, yaw
    struct motion3 plane;    // of the swing, to the left
    struct motion3 swing;    // > 0: the hand backward
    struct motion3 elbow;    // pitch of the forearm against the upper arm; bent is negative
};

struct arm_motion {
    double q_world_from_segment[4];
    double rate_world[3], acc_world[3];
    double rise_m; // of the wrist against the shoulder, 0 where it hangs straight
};

void arm_at(const struct arm_turns *turns, struct arm_motion *motion);

#endif
