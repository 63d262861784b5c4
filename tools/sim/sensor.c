// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sensor.h"

#include "sim/phasor.h"

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

void sensor_init(struct sensor *sensor, const struct scenario *scenario, enum site site)
{
    *sensor = (struct sensor){.random = scenario->seed * 7919 + 31 * (uint64_t)site};
    uint64_t *random = &sensor->random;
    double slope[3][3], off[3][3], largest = scenario->misalignment_deg;
    rotation(worn[site].slope_pitch_deg, worn[site].slope_roll_deg, 0, slope);
    double pitch = largest * random_uniform(random), roll = largest * random_uniform(random);
    rotation(pitch, roll, largest * random_uniform(random), off);
    double segment_from_mounted[3][3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            segment_from_mounted[i][j] = 0;
            for (int k = 0; k < 3; k++)
                segment_from_mounted[i][j] += slope[i][k] * off[k][j];
        }
    for (int chip = 0; chip < 3; chip++)
        for (int j = 0; j < 3; j++) {
            sensor->chip_from_segment[chip][j] = 0;
            for (int k = 0; k < 3; k++)
                sensor->chip_from_segment[chip][j] += segment_from_mounted[j][k] * worn[site].mount[3 * k + chip];
        }
    for (int i = 0; i < 3; i++) {
        sensor->acc_bias[i] = scenario->acc_bias_m_s2 * random_uniform(random);
        sensor->gyro_bias[i] = RAD * scenario->gyro_bias_deg_s * random_uniform(random);
    }
    sensor->acc_noise = scenario->acc_noise_m_s2;
    sensor->gyro_noise = RAD * scenario->gyro_noise_deg_s;
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
        value[CH_ACC_X + i] = count(acc, SENSOR_ACC_SCALE);
        value[CH_GYRO_X + i] = count(gyro, SENSOR_GYRO_SCALE);
    }
}

int64_t sensor_stamp_jitter_ns(struct sensor *sensor)
{
    return (int64_t)(sensor->jitter_ns * random_normal(&sensor->random));
}
