// SPDX-License-Identifier: GPL-3.0-or-later
// One worn IMU: how it sits on its segment, its errors, its oscillator. Turns ideal specific force and rate in segment
// axes into counts in chip axes, ±16 g and ±2000 °/s in 16 bits, as a BMI160 gives them, or less where asked.
// The stated (nominal) mount brings chip axes to forward-left-up; the natural slope of the body under the sensor (the
// skin over C7 leans 25° forward in an upright stand) and the errors of the mount (a small misalignment; a heading
// error and a turn about a random axis when the scenario has them) are not stated anywhere: a calibration has to find
// them.
#ifndef POISE_SIM_SENSOR_H
#define POISE_SIM_SENSOR_H

#include "sim/scenario.h"

#include "frames/source.h"

#include <stdint.h>

#define SENSOR_ACC_SCALE  0.004788 // m/s² per count, printed so by the attribute
#define SENSOR_GYRO_SCALE 0.001065 // rad/s per count

struct sensor {
    uint64_t random;
    double chip_from_segment[3][3];
    double acc_bias[3], gyro_bias[3]; // chip axes, m/s², rad/s
    double acc_noise, gyro_noise;     // standard deviation per sample
    double acc_scale, gyro_scale;     // of a count
    double true_rate;                 // of its oscillator: 1 is right
    double jitter_ns;
};

void sensor_init(struct sensor *sensor, const struct scenario *scenario, enum site site);

// mounted axes from chip axes, row-major: what the device states.
void sensor_mount(enum site site, double mount[9]);

// By angle_deg about a unit axis: turns vectors.
void sensor_rotation(const double axis[3], double angle_deg, double r[3][3]);

void sensor_measure(struct sensor *sensor, const double force_segment[3], const double rate_segment[3],
                    int32_t value[N_CHANNELS]);
int64_t sensor_stamp_jitter_ns(struct sensor *sensor);

#endif
