// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/vec.h"

void quat_from_rotation_vector(const double rotation[3], double q[4])
{
    double angle_squared = vec3_dot(rotation, rotation);
    double scale; // sin(angle/2) / angle
    if (angle_squared < 1e-8) {
        // Series: the next term is below 1e-18, and a gyro at 1 kHz stays in here below 5.7 rad/s.
        scale = 0.5 - angle_squared / 48.0;
        q[0] = 1.0 - angle_squared / 8.0 + angle_squared * angle_squared / 384.0;
    } else {
        double angle = sqrt(angle_squared);
        scale = sin(0.5 * angle) / angle;
        q[0] = cos(0.5 * angle);
    }
    for (int i = 0; i < 3; i++)
        q[i + 1] = scale * rotation[i];
}

void quat_between(const double from[3], const double to[3], double q[4])
{
    double cosine = vec3_dot(from, to);
    if (cosine < -1.0 + 1e-9) {
        // Opposite: any axis square to `from` serves; cross with the coordinate axis that is least along it.
        int k = fabs(from[0]) < 0.6 ? 0 : 1;
        double axis[3] = {0, 0, 0};
        axis[k] = 1.0;
        q[0] = 0;
        q[1] = from[1] * axis[2] - from[2] * axis[1];
        q[2] = from[2] * axis[0] - from[0] * axis[2];
        q[3] = from[0] * axis[1] - from[1] * axis[0];
        quat_normalise(q);
        return;
    }
    q[0] = 1.0 + cosine;
    q[1] = from[1] * to[2] - from[2] * to[1];
    q[2] = from[2] * to[0] - from[0] * to[2];
    q[3] = from[0] * to[1] - from[1] * to[0];
    quat_normalise(q);
}

void quat_up_in_frame(const double q[4], double up[3])
{
    up[0] = 2 * (q[1] * q[3] - q[0] * q[2]);
    up[1] = 2 * (q[2] * q[3] + q[0] * q[1]);
    up[2] = q[0] * q[0] - q[1] * q[1] - q[2] * q[2] + q[3] * q[3];
}
