// SPDX-License-Identifier: GPL-3.0-or-later
// A capture buffer as the kernel keeps it: packed samples of the enabled channels, of finite size; when the reader
// falls behind, the newest samples are lost, which shows only as a gap in the stamps.
#ifndef POISE_SIM_IIOD_BUFFER_H
#define POISE_SIM_IIOD_BUFFER_H

#include "sim/harness.h"

#include <stddef.h>
#include <stdint.h>

struct iiod_buffer {
    int device; // -1: not open
    uint32_t mask;
    size_t sample_bytes, chunk_samples;
    unsigned char *ring;
    size_t room, first, used; // in samples
};

// 0, -ENODEV, -EBUSY, -EINVAL or -ENOMEM.
__attribute__((warn_unused_result)) int iiod_buffer_open(struct iiod_buffer *buffer, struct harness *harness,
                                                         int device, uint32_t mask, uint64_t n_samples);
void iiod_buffer_close(struct iiod_buffer *buffer, struct harness *harness); // harmless when not open

// Takes in what came by now; when fast, at most wanted samples more than it holds.
void iiod_buffer_fill(struct iiod_buffer *buffer, struct harness *harness, size_t wanted);
// Moves n ≤ used samples out.
void iiod_buffer_take(struct iiod_buffer *buffer, size_t n, unsigned char *to);
// Scenario time by when it may hold `wanted` samples; FEED_END when it never will.
int64_t iiod_buffer_due_ns(const struct iiod_buffer *buffer, const struct harness *harness, size_t wanted);

#endif
