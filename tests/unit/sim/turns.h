// SPDX-License-Identifier: GPL-3.0-or-later
// Quaternions (w, x, y, z) and vectors for the simulator's tests.
#ifndef POISE_TESTS_SIM_TURNS_H
#define POISE_TESTS_SIM_TURNS_H

#include <math.h>
#include <string.h>

#define RAD 0.017453292519943295

static inline double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static inline void multiply(const double p[4], const double q[4], double out[4])
{
    double r[4] = {
        p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3], p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2],
        p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1], p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0]};
    memcpy(out, r, sizeof r);
}

static inline void rotate(const double q[4], const double v[3], double out[3])
{
    double p[4] = {0, v[0], v[1], v[2]}, back[4] = {q[0], -q[1], -q[2], -q[3]}, r[4];
    multiply(q, p, r);
    multiply(r, back, r);
    memcpy(out, r + 1, 3 * sizeof *out);
}

// q followed by the turn at that rate (its own axes) for step_s.
static inline void integrate(double q[4], const double rate[3], double step_s)
{
    double speed = sqrt(dot(rate, rate, 3)), half = 0.5 * speed * step_s;
    double turn[4] = {cos(half), 0, 0, 0};
    for (int k = 0; k < 3 && speed > 0; k++)
        turn[k + 1] = sin(half) * rate[k] / speed;
    multiply(q, turn, q);
}

#endif
