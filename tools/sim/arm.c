// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/arm.h"

#include "sim/turning.h"

#include <string.h>

#define UPPER_ARM_M 0.28
#define FOREARM_M   0.25

// What the lower end of a rod along the body's z adds.
static void hang(const struct turning *body, double length_m, struct arm_motion *motion)
{
    double rod[3], speed[3], tangential[3], centripetal[3];
    turning_axis(body->q, 2, rod);
    for (int k = 0; k < 3; k++)
        rod[k] *= -length_m;
    turning_cross(body->rate, rod, speed);
    turning_cross(body->rate_s, rod, tangential);
    turning_cross(body->rate, speed, centripetal);
    for (int k = 0; k < 3; k++)
        motion->acc_world[k] += tangential[k] + centripetal[k];
    motion->rise_m += length_m + rod[2];
}

void arm_at(const struct arm_turns *turns, struct arm_motion *motion)
{
    struct turning body = {.q = {1, 0, 0, 0}};
    memset(motion, 0, sizeof *motion);
    turning_on(&body, 2, &turns->trunk[2], 1);
    turning_on(&body, 1, &turns->trunk[0], 1);
    turning_on(&body, 0, &turns->trunk[1], 1);
    turning_on(&body, 2, &turns->plane, 1);
    turning_on(&body, 1, &turns->swing, 1);
    turning_on(&body, 2, &turns->plane, -1);
    hang(&body, UPPER_ARM_M, motion);
    turning_on(&body, 1, &turns->elbow, 1);
    hang(&body, FOREARM_M, motion);
    memcpy(motion->q_world_from_segment, body.q, sizeof body.q);
    memcpy(motion->rate_world, body.rate, sizeof body.rate);
}
