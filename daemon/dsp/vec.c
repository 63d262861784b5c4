// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/vec.h"

void quat_from_rotation_vector(const double rotation[3], double q[4])
{
    double x = vec3_dot(rotation, rotation); // angle squared
    double scale;                            // sin(angle/2) / angle
    if (x < 0.05 * 0.05) {
        // Series: the next terms are below 4e-18, and a gyro of 2000 deg/s at 1 kHz stays in here.
        scale = 0.5 - x * (1.0 / 48 - x * (1.0 / 3840 - x * (1.0 / 645120)));
        q[0] = 1.0 - x * (1.0 / 8 - x * (1.0 / 384 - x * (1.0 / 46080)));
    } else {
        double angle = sqrt(x);
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
