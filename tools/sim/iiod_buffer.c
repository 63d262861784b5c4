// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/iiod_buffer.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES_MAX ((size_t)64 << 20)

// Every element is aligned to its own size, and the whole to the largest.
static size_t layout(const struct harness_device *iio, uint32_t mask)
{
    size_t bytes = 0, largest = 1;
    for (int i = 0; i < iio->n_channels; i++) {
        if (!(mask & (1U << i)))
            continue;
        size_t own = iio->channel[i].bytes;
        bytes = (bytes + own - 1) / own * own + own;
        largest = own > largest ? own : largest;
    }
    return (bytes + largest - 1) / largest * largest;
}

int iiod_buffer_open(struct iiod_buffer *buffer, struct harness *harness, int device, uint32_t mask, uint64_t n_samples)
{
    struct harness_device *iio = &harness->device[device];
    if (!harness_has_device(harness, device))
        return -ENODEV;
    if (iio->is_open || buffer->device >= 0)
        return -EBUSY;
    if (mask == 0 || mask >> iio->n_channels || n_samples == 0)
        return -EINVAL;
    size_t bytes = layout(iio, mask);
    if (n_samples > RING_BYTES_MAX / bytes / iio->buffers_count)
        return -ENOMEM;
    size_t room = (size_t)n_samples * iio->buffers_count;
    unsigned char *ring = malloc(room * bytes);
    if (!ring)
        return -ENOMEM;
    *buffer = (struct iiod_buffer){
        .device = device, .mask = mask, .sample_bytes = bytes, .chunk_samples = n_samples, .ring = ring, .room = room};
    iio->is_open = true;
    harness_start(harness);
    if (!harness->fast)
        feed_skip(harness->feed, device, harness_now_ns(harness));
    return 0;
}

void iiod_buffer_close(struct iiod_buffer *buffer, struct harness *harness)
{
    if (buffer->device < 0)
        return;
    harness->device[buffer->device].is_open = false;
    free(buffer->ring);
    *buffer = (struct iiod_buffer){.device = -1};
}

static void pack(const struct iiod_buffer *buffer, const struct harness *harness, const struct feed_sample *sample,
                 unsigned char *to)
{
    const struct harness_device *iio = &harness->device[buffer->device];
    size_t at = 0;
    memset(to, 0, buffer->sample_bytes);
    for (int i = 0; i < iio->n_channels; i++) {
        const struct harness_channel *channel = &iio->channel[i];
        if (!(buffer->mask & (1U << i)))
            continue;
        at = (at + channel->bytes - 1) / channel->bytes * channel->bytes;
        if (channel->channel == HARNESS_TIMESTAMP) {
            int64_t start_ns = iio->stamps_realtime ? harness->start_utc_ns : harness->start_mono_ns;
            uint64_t stamp = htole64((uint64_t)(start_ns + sample->t_ns));
            memcpy(to + at, &stamp, sizeof stamp);
        } else if (channel->bytes == 2) {
            uint16_t value = htole16((uint16_t)(int16_t)sample->value[channel->channel]);
            memcpy(to + at, &value, sizeof value);
        } else {
            uint32_t value = htole32((uint32_t)sample->value[channel->channel]);
            memcpy(to + at, &value, sizeof value);
        }
        at += channel->bytes;
    }
}

void iiod_buffer_fill(struct iiod_buffer *buffer, struct harness *harness, size_t wanted)
{
    int64_t horizon_ns = harness_horizon_ns(harness);
    struct feed_sample sample;
    while (feed_next_ns(harness->feed, buffer->device) <= horizon_ns) {
        if (harness->fast && buffer->used >= wanted)
            return;
        if (buffer->used == buffer->room) {
            feed_overrun(harness->feed, buffer->device, horizon_ns + 1);
            return;
        }
        if (!feed_pull(harness->feed, buffer->device, &sample))
            return;
        if (sample.due_ns > harness->furthest_ns)
            harness->furthest_ns = sample.due_ns;
        size_t slot = (buffer->first + buffer->used++) % buffer->room;
        pack(buffer, harness, &sample, buffer->ring + slot * buffer->sample_bytes);
    }
}

void iiod_buffer_take(struct iiod_buffer *buffer, size_t n, unsigned char *to)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(to + i * buffer->sample_bytes, buffer->ring + buffer->first * buffer->sample_bytes,
               buffer->sample_bytes);
        buffer->first = (buffer->first + 1) % buffer->room;
    }
    buffer->used -= n;
}

int64_t iiod_buffer_due_ns(const struct iiod_buffer *buffer, const struct harness *harness, size_t wanted)
{
    int64_t next_ns = feed_next_ns(harness->feed, buffer->device);
    if (next_ns >= harness->end_ns)
        return FEED_END;
    if (buffer->used >= wanted)
        return 0;
    // The oscillator may be a little fast; asking a little early costs nothing.
    double rate_hz = feed_desc(harness->feed, buffer->device)->rate_hz;
    double more_ns = rate_hz > 0 ? (double)(wanted - buffer->used - 1) * 0.99e9 / rate_hz : 0;
    return next_ns + (int64_t)more_ns;
}
