// SPDX-License-Identifier: GPL-3.0-or-later
// One source is one stream of samples from one device: a whole IMU, or one half (accelerometer or gyro) of a split one.
// What a device says of itself (scale, rate, channels) travels in its source_desc, never as an assumption elsewhere.
#ifndef POISE_FRAMES_SOURCE_H
#define POISE_FRAMES_SOURCE_H

#include <stdint.h>

#define MAX_SOURCES 32 // 13 sites with split halves need 26
#define SOURCE_NONE 0xffffU

enum source_channel { CH_ACC_X, CH_ACC_Y, CH_ACC_Z, CH_GYRO_X, CH_GYRO_Y, CH_GYRO_Z, N_CHANNELS };

#define CHANNELS_ACC  0x07U
#define CHANNELS_GYRO 0x38U

// How the device delivers a value; a recording keeps the same kind. Full-scale of the integer kinds is saturation.
enum sample_format { SAMPLE_INT16, SAMPLE_INT32, SAMPLE_FLOAT32, SAMPLE_FLOAT64 };

struct source_desc {
    uint16_t site;         // enum site
    uint16_t channel_mask; // bit per enum source_channel; a missing axis is absent, not zero g
    enum sample_format format;
    uint16_t bits;             // of an integer format in use, sign included, for full scale; 0: all
    double rate_hz;            // what the device claims, 0 when it claims nothing; never a time base
    double scale[N_CHANNELS];  // SI = (value + offset) * scale, IIO's convention; m/s^2 and rad/s
    double offset[N_CHANNELS]; // in counts
    double mount[9];           // row-major, mounted axes from chip axes (x forward, y left, z up in the nominal mount)
    char name[64];             // device name, "lsm6dso_accel"
    char chip[96];             // sources with the same chip share one oscillator; "": not known, shared with none
};

#endif
