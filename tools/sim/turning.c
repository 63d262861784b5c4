// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/turning.h"

#include "sim/phasor.h"

#include <string.h>

void turning_cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

void turning_multiply(const double p[4], const double q[4], double out[4])
{
    const double product[4] = {
        p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3],
        p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2],
        p[0] * q[2] + p[2] * q[0] + p[3] * q[1] - p[1] * q[3],
        p[0] * q[3] + p[3] * q[0] + p[1] * q[2] - p[2] * q[1],
    };
    memcpy(out, product, sizeof product);
}

void turning_axis(const double q[4], int axis, double out[3])
{
    double w = q[0], x = q[1], y = q[2], z = q[3];
    const double columns[3][3] = {
        {1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)},
        {2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)},
        {2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)},
    };
    memcpy(out, columns[axis], 3 * sizeof *out);
}

void turning_on(struct turning *body, int axis, const struct motion3 *angle, double sign)
{
    double n[3], sweep[3];
    turning_axis(body->q, axis, n);
    turning_cross(body->rate, n, sweep);
    for (int k = 0; k < 3; k++) {
        body->rate_s[k] += sign * (n[k] * angle->second + sweep[k] * angle->first);
        body->rate[k] += sign * n[k] * angle->first;
    }
    struct phasor half = phasor_at(sign * angle->value / (2 * TURN_RAD));
    double by[4] = {half.c, 0, 0, 0};
    by[axis + 1] = half.s;
    turning_multiply(body->q, by, body->q);
}
