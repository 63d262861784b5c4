// SPDX-License-Identifier: GPL-3.0-or-later
// What flows down the pipeline: ten frames of the common 1 kHz grid for all sites. align fills acceleration, rate and
// validity; orient adds the orientation. Frame k is k * 1 ms of absolute monotonic time.
// Sensor axes here are the mounted ones (x forward, y left, z up in the nominal mount): align applied the mount matrix.
#ifndef POISE_FRAMES_FRAME_BLOCK_H
#define POISE_FRAMES_FRAME_BLOCK_H

#include "frames/site.h"

#include <stdint.h>

#define FRAME_BLOCK_LEN 10
#define FRAME_PERIOD_NS INT64_C(1000000)
#define FRAME_RATE_HZ   1000.0F

// Validity bits of one site in one frame. Without the bit the value is 0 and must not be used.
enum {
    FRAME_ACC = 1U << 0,          // acceleration is measured or interpolated within the permitted gap
    FRAME_GYRO = 1U << 1,         // rate likewise
    FRAME_ACC_CLIPPED = 1U << 2,  // an acceleration sample under it was at full scale
    FRAME_BRIDGED = 1U << 3,      // interpolated over one to five missing samples
    FRAME_ORIENT = 1U << 4,       // q_world_from_sensor is valid: inclination and relative heading
    FRAME_INCLINATION = 1U << 5,  // accelerometer only, and slow enough now: its tilt is valid, its heading is not
    FRAME_GYRO_CLIPPED = 1U << 6, // a rate sample under it was at full scale
    FRAME_ROUGH = 1U << 7,        // without ORIENT and INCLINATION: q tells up and down well enough to take gravity out
                                  // of an acceleration, not well enough for an angle
};

struct site_frames {
    uint8_t valid[FRAME_BLOCK_LEN];
    float acc[FRAME_BLOCK_LEN][3];  // m/s^2, specific force, sensor axes
    float gyro[FRAME_BLOCK_LEN][3]; // rad/s, sensor axes; after orient: bias removed
    float q_world_from_sensor[FRAME_BLOCK_LEN][4];
};

struct frame_block {
    int64_t first_index;     // frame number of [0]; time = index * FRAME_PERIOD_NS
    int64_t newest_stamp_ns; // instant of the newest sample that went in: the last frame
    uint32_t worn;           // SITE_BIT of each site that ever delivered
    uint32_t axes_missing;   // SITE_BIT of each site whose accelerometer lacks an axis
    struct site_frames site[N_SITES];
};

#endif
