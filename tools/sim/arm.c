// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/arm.h"

#include "sim/phasor.h"

#include <math.h>
#include <string.h>

#define UPPER_ARM_M 0.28
#define FOREARM_M   0.25

struct turning { // of a body, in the world's axes
    double q[4], rate[3], rate_s[3];
};

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

// Where the body's axis points in the world.
static void axis_of(const double q[4], int axis, double out[3])
{
    double w = q[0], x = q[1], y = q[2], z = q[3];
    const double columns[3][3] = {
        {1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)},
        {2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)},
        {2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)},
    };
    memcpy(out, columns[axis], 3 * sizeof *out);
}

// Then by the angle about one of its own axes.
static void turn_on(struct turning *body, int axis, const struct motion3 *angle, double sign)
{
    double n[3], sweep[3];
    axis_of(body->q, axis, n);
    cross(body->rate, n, sweep);
    for (int k = 0; k < 3; k++) {
        body->rate_s[k] += sign * (n[k] * angle->second + sweep[k] * angle->first);
        body->rate[k] += sign * n[k] * angle->first;
    }
    struct phasor half = phasor_at(sign * angle->value / (2 * TURN_RAD));
    const double *p = body->q;
    double v[3] = {0}, q[4];
    v[axis] = half.s;
    q[0] = p[0] * half.c - p[1] * v[0] - p[2] * v[1] - p[3] * v[2];
    q[1] = p[0] * v[0] + p[1] * half.c + p[2] * v[2] - p[3] * v[1];
    q[2] = p[0] * v[1] + p[2] * half.c + p[3] * v[0] - p[1] * v[2];
    q[3] = p[0] * v[2] + p[3] * half.c + p[1] * v[1] - p[2] * v[0];
    memcpy(body->q, q, sizeof q);
}

// What the lower end of a rod along the body's z adds.
static void hang(const struct turning *body, double length_m, struct arm_motion *motion)
{
    double rod[3], speed[3], tangential[3], centripetal[3];
    axis_of(body->q, 2, rod);
    for (int k = 0; k < 3; k++)
        rod[k] *= -length_m;
    cross(body->rate, rod, speed);
    cross(body->rate_s, rod, tangential);
    cross(body->rate, speed, centripetal);
    for (int k = 0; k < 3; k++)
        motion->acc_world[k] += tangential[k] + centripetal[k];
    motion->rise_m += length_m + rod[2];
}

void arm_at(const struct arm_turns *turns, struct arm_motion *motion)
{
    struct turning body = {.q = {1, 0, 0, 0}};
    memset(motion, 0, sizeof *motion);
    turn_on(&body, 2, &turns->trunk[2], 1);
    turn_on(&body, 1, &turns->trunk[0], 1);
    turn_on(&body, 0, &turns->trunk[1], 1);
    turn_on(&body, 2, &turns->plane, 1);
    turn_on(&body, 1, &turns->swing, 1);
    turn_on(&body, 2, &turns->plane, -1);
    hang(&body, UPPER_ARM_M, motion);
    turn_on(&body, 1, &turns->elbow, 1);
    hang(&body, FOREARM_M, motion);
    memcpy(motion->q_world_from_segment, body.q, sizeof body.q);
    memcpy(motion->rate_world, body.rate, sizeof body.rate);
}
