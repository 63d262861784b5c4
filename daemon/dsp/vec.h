// SPDX-License-Identifier: GPL-3.0-or-later
// Small vectors and unit quaternions (w, x, y, z; Hamilton; q_a_from_b turns b's coordinates into a's). All in place on
// caller's arrays, RT-safe. Outputs may not alias inputs unless said.
#ifndef POISE_DSP_VEC_H
#define POISE_DSP_VEC_H

#include "dsp/units.h"

#include <math.h>

static inline double vec3_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline double vec3_norm(const double a[3])
{
    return sqrt(vec3_dot(a, a));
}

static inline void quat_multiply(const double p[4], const double q[4], double out[4])
{
    out[0] = p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3];
    out[1] = p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2];
    out[2] = p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1];
    out[3] = p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0];
}

static inline void quat_normalise(double q[4]) // in place
{
    double scale = 1.0 / sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; i++)
        q[i] *= scale;
}

// The same for one that is off by rounding only, without root and division: an error of e in length leaves e squared.
static inline void quat_keep_unit(double q[4]) // in place
{
    double scale = 1.5 - 0.5 * (q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; i++)
        q[i] *= scale;
}

static inline void quat_conjugate(const double q[4], double out[4]) // may alias
{
    out[0] = q[0];
    out[1] = -q[1];
    out[2] = -q[2];
    out[3] = -q[3];
}

// out = q v q*; out may alias v.
static inline void quat_rotate(const double q[4], const double v[3], double out[3])
{
    double tx = 2 * (q[2] * v[2] - q[3] * v[1]);
    double ty = 2 * (q[3] * v[0] - q[1] * v[2]);
    double tz = 2 * (q[1] * v[1] - q[2] * v[0]);
    double x = v[0] + q[0] * tx + q[2] * tz - q[3] * ty;
    double y = v[1] + q[0] * ty + q[3] * tx - q[1] * tz;
    double z = v[2] + q[0] * tz + q[1] * ty - q[2] * tx;
    out[0] = x;
    out[1] = y;
    out[2] = z;
}

// The turn by the rotation vector (axis times angle, rad). Exact to double precision for every angle.
void quat_from_rotation_vector(const double rotation[3], double q[4]);

// The shortest turn that takes unit vector from to unit vector to; half a turn about any axis when they are opposite.
void quat_between(const double from[3], const double to[3], double q[4]);

// World's up in the turned frame's axes: the last row of the rotation matrix of q_world_from_x.
void quat_up_in_frame(const double q_world_from_x[4], double up[3]);

#endif
