// SPDX-License-Identifier: GPL-3.0-or-later
// The 1 kHz frames for other programs, ipc://<runtime-dir>/frames: the pipeline thread packs each frame block into a
// ring of its own while somebody subscribes, the publisher thread sends it under topic <rig>/imu. What finds the ring
// full is dropped and counted: the first frame index jumps, the sequence number does not. A subscriber that is too slow
// loses the newest beyond the socket's mark: both jump. All is allocated by create. Functions accept NULL, the endpoint
// being off.
#ifndef POISE_PUBLISH_IMU_FRAMES_H
#define POISE_PUBLISH_IMU_FRAMES_H

#include "frames/frame_block.h"

#include <stddef.h>
#include <stdint.h>

struct imu_frames;

struct imu_frames_identity {
    const char *topic;    // "<rig>/imu"
    const char *boot;     // UUID text
    const char *endpoint; // as clients know it, "ipc://…"
    void *socket;         // libzmq's XPUB, which outlives this
    int wake;             // eventfd of the publisher thread
};

// 0 or -ENOMEM.
__attribute__((warn_unused_result)) int imu_frames_create(struct imu_frames **out,
                                                          const struct imu_frames_identity *identity);
void imu_frames_destroy(struct imu_frames *frames);

// Pipeline thread, RT-safe; a look at one flag when nobody subscribes. block is after orient.
void imu_frames_push(struct imu_frames *frames, const struct frame_block *block, int64_t utc_minus_mono_ns);

// Publisher thread: takes subscriptions, sends what waits.
void imu_frames_serve(struct imu_frames *frames);

uint64_t imu_frames_dropped(const struct imu_frames *frames);     // blocks that found the ring full; any thread
const char *imu_frames_endpoint(const struct imu_frames *frames); // "" when off

#endif
