// SPDX-License-Identifier: GPL-3.0-or-later
// Frame block → packed bytes of the frames endpoint, little-endian whatever the machine is: docs/wire.md. Acceleration
// (m/s^2, specific force) and rate (rad/s, bias removed as far as it is known) in the mounted sensor axes, as orient
// leaves them on the grid. Any thread; no allocation; RT-safe. Private to publish/.
#ifndef POISE_PUBLISH_IMU_WIRE_H
#define POISE_PUBLISH_IMU_WIRE_H

#include "frames/frame_block.h"

#include <stddef.h>

#define IMU_WIRE_VERSION 1
#define IMU_WIRE_HEADER  64
#define IMU_WIRE_VALUES  6 // acc[3] gyro[3]
#define IMU_WIRE_MAX                                                                                                   \
    (IMU_WIRE_HEADER + N_SITES + FRAME_BLOCK_LEN * N_SITES + 3 + FRAME_BLOCK_LEN * N_SITES * IMU_WIRE_VALUES * 4)

// Validity bits on the wire; they are a contract and not those of frames/frame_block.h.
enum {
    IMU_WIRE_ACC = 1U << 0,
    IMU_WIRE_GYRO = 1U << 1,
    IMU_WIRE_ACC_CLIPPED = 1U << 2,
    IMU_WIRE_GYRO_CLIPPED = 1U << 3,
    IMU_WIRE_BRIDGED = 1U << 4,
    IMU_WIRE_ACC_PARTIAL = 1U << 5, // the accelerometer lacks an axis, which reads 0
};

struct imu_wire_stamp {
    uint8_t boot[16];
    uint64_t seq;
    int64_t utc_minus_mono_ns; // UTC_UNKNOWN_NS: not known
};

// The worn sites of block, in the order of their ids. Returns the length.
size_t imu_wire_encode(uint8_t out[IMU_WIRE_MAX], const struct frame_block *block, const struct imu_wire_stamp *stamp);

// The 16 bytes of a UUID's text; zeros when it is none.
void imu_wire_boot(uint8_t out[16], const char *text);

#endif
