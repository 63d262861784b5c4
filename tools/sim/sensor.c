// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sensor.h"

#include "sim/phasor.h"

#include <math.h>
#include <string.h>

#define RAD 0.017453292519943295

// Columns: where chip x, y, z point in forward-left-up.
#define MOUNT_BACK                                                                                                     \
    {                                                                                                                  \
        0, 0, -1, 0, 1, 0, 1, 0, 0                                                                                     \
    } // chip faces backward, its x up
#define MOUNT_FRONT                                                                                                    \
    {                                                                                                                  \
        0, 0, 1, 0, -1, 0, 1, 0, 0                                                                                     \
    } // chip faces forward, its x up
#define MOUNT_FLAT                                                                                                     \
    {                                                                                                                  \
        1, 0, 0, 0, 1, 0, 0, 0, 1                                                                                      \
    }
#define MOUNT_WRIST_LEFT                                                                                               \
    {                                                                                                                  \
        0, -1, 0, 0, 0, 1, -1, 0, 0                                                                                    \
    } // chip faces outward, its x down the arm
#define MOUNT_WRIST_RIGHT                                                                                              \
    {                                                                                                                  \
        0, 1, 0, 0, 0, -1, -1, 0, 0                                                                                    \
    }

static const struct {
    double mount[9];
    double slope_pitch_deg, slope_roll_deg; // of the body under the sensor in the upright stand
} worn[N_SITES] = {
    [SITE_HEAD] = {MOUNT_BACK, 8, 0},
    [SITE_C7] = {MOUNT_BACK, 25, 0},
    [SITE_T12] = {MOUNT_BACK, -9, 0},
    [SITE_SACRUM] = {MOUNT_BACK, 14, 0},
    [SITE_STERNUM] = {MOUNT_FRONT, -18, 0},
    [SITE_ABDOMEN] = {MOUNT_FRONT, 6, 0},
    [SITE_SHOULDER_LEFT] = {MOUNT_FLAT, 5, -14},
    [SITE_SHOULDER_RIGHT] = {MOUNT_FLAT, 5, 14},
    [SITE_WRIST_LEFT] = {MOUNT_WRIST_LEFT, -8, 3},
    [SITE_WRIST_RIGHT] = {MOUNT_WRIST_RIGHT, -8, -3},
    [SITE_FOOT_LEFT] = {MOUNT_FLAT, 22, 0},
    [SITE_FOOT_RIGHT] = {MOUNT_FLAT, 22, 0},
    [SITE_PACK] = {MOUNT_BACK, 4, 0},
};

void sensor_mount(enum site site, double mount[9])
{
    memcpy(mount, worn[site].mount, 9 * sizeof *mount);
}

// R = Rz(yaw) Ry(pitch) Rx(roll)
static void rotation(double pitch_deg, double roll_deg, double yaw_deg, double r[3][3])
{
    struct phasor p = phasor_at(pitch_deg / 360), q = phasor_at(roll_deg / 360), y = phasor_at(yaw_deg / 360);
    const double rows[3][3] = {
        {y.c * p.c, y.c * p.s * q.s - y.s * q.c, y.c * p.s * q.c + y.s * q.s},
        {y.s * p.c, y.s * p.s * q.s + y.c * q.c, y.s * p.s * q.c - y.c * q.s},
        {-p.s, p.c * q.s, p.c * q.c},
    };
    memcpy(r, rows, sizeof rows);
}

static void multiply(const double a[3][3], const double b[3][3], double out[3][3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            out[i][j] = 0;
            for (int k = 0; k < 3; k++)
                out[i][j] += a[i][k] * b[k][j];
        }
}

void sensor_rotation(const double axis[3], double angle_deg, double r[3][3])
{
    struct phasor at = phasor_at(angle_deg / 360);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int k = 3 - i - j;
            double cross = i == j ? 0 : (j - i + 3) % 3 == 1 ? -axis[k] : axis[k];
            r[i][j] = (i == j ? at.c : 0) + (1 - at.c) * axis[i] * axis[j] + at.s * cross;
        }
}

// Evenly spread over the sphere.
static void random_axis(uint64_t *random, double axis[3])
{
    double up = random_uniform(random), across = sqrt(1 - up * up);
    struct phasor at = phasor_at(random_uniform(random));
    const double drawn[3] = {across * at.c, across * at.s, up};
    memcpy(axis, drawn, sizeof drawn);
}

// What the misalignment leaves of the mount is turned further as the scenario says.
static void add_mount_error(const struct scenario *scenario, enum site site, double segment_from_mounted[3][3])
{
    // Their own sequence: noise and bias stay what they are without.
    uint64_t random = (scenario->seed * 104729 + 61 * (uint64_t)site) ^ UINT64_C(0x3ead);
    double heading[3][3], turned[3][3], error[3][3], axis[3];
    rotation(0, 0, scenario->heading_error_deg * random_uniform(&random), heading);
    multiply(heading, segment_from_mounted, turned);
    random_axis(&random, axis);
    sensor_rotation(axis, scenario->mount_error_deg, error);
    multiply(error, turned, segment_from_mounted);
}

static void place(struct sensor *sensor, const struct scenario *scenario, enum site site)
{
    uint64_t *random = &sensor->random;
    double slope[3][3], off[3][3], largest = scenario->misalignment_deg;
    const struct scenario_mount *mount = &scenario->mount[site];
    rotation(worn[site].slope_pitch_deg, worn[site].slope_roll_deg, 0, slope);
    double pitch = largest * random_uniform(random), roll = largest * random_uniform(random);
    rotation(pitch, roll, largest * random_uniform(random), off);
    double segment_from_mounted[3][3];
    if (mount->given) {
        rotation(mount->pitch_deg, mount->roll_deg, mount->yaw_deg, off);
        multiply(off, slope, segment_from_mounted);
    } else {
        multiply(slope, off, segment_from_mounted);
        if (scenario->heading_error_deg > 0 || scenario->mount_error_deg > 0)
            add_mount_error(scenario, site, segment_from_mounted);
    }
    for (int chip = 0; chip < 3; chip++)
        for (int j = 0; j < 3; j++) {
            sensor->chip_from_segment[chip][j] = 0;
            for (int k = 0; k < 3; k++)
                sensor->chip_from_segment[chip][j] += segment_from_mounted[j][k] * worn[site].mount[3 * k + chip];
        }
}

void sensor_init(struct sensor *sensor, const struct scenario *scenario, enum site site)
{
    *sensor = (struct sensor){.random = scenario->seed * 7919 + 31 * (uint64_t)site};
    uint64_t *random = &sensor->random;
    place(sensor, scenario, site);
    for (int i = 0; i < 3; i++) {
        double exact = RAD * scenario->gyro_bias_exact_deg_s;
        sensor->acc_bias[i] = scenario->acc_bias_m_s2 * random_uniform(random);
        double share = random_uniform(random);
        sensor->gyro_bias[i] = RAD * scenario->gyro_bias_deg_s * share;
        if (exact > 0)
            sensor->gyro_bias[i] = share < 0 ? -exact : exact;
    }
    sensor->acc_noise = scenario->acc_noise_m_s2;
    sensor->gyro_noise = RAD * scenario->gyro_noise_deg_s;
    sensor->acc_scale = SENSOR_ACC_SCALE;
    sensor->gyro_scale = SENSOR_GYRO_SCALE;
    sensor->true_rate = 1 + 1e-6 * scenario->ppm_max * random_uniform(random);
    sensor->jitter_ns = 1000 * scenario->jitter_us;
}

static int32_t count(double si, double scale)
{
    double counts = round_near(si / scale);
    return counts < -32768 ? -32768 : counts > 32767 ? 32767 : (int32_t)counts;
}

void sensor_measure(struct sensor *sensor, const double force_segment[3], const double rate_segment[3],
                    int32_t value[N_CHANNELS])
{
    for (int i = 0; i < 3; i++) {
        const double *row = sensor->chip_from_segment[i];
        double acc = row[0] * force_segment[0] + row[1] * force_segment[1] + row[2] * force_segment[2];
        double gyro = row[0] * rate_segment[0] + row[1] * rate_segment[1] + row[2] * rate_segment[2];
        acc += sensor->acc_bias[i] + sensor->acc_noise * random_normal(&sensor->random);
        gyro += sensor->gyro_bias[i] + sensor->gyro_noise * random_normal(&sensor->random);
        value[CH_ACC_X + i] = count(acc, sensor->acc_scale);
        value[CH_GYRO_X + i] = count(gyro, sensor->gyro_scale);
    }
}

int64_t sensor_stamp_jitter_ns(struct sensor *sensor)
{
    return (int64_t)(sensor->jitter_ns * random_normal(&sensor->random));
}
