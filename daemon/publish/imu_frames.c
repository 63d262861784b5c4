// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/imu_frames.h"

#include "core/ring.h"
#include "publish/imu_wire.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define N_BLOCKS    64   // 0.64 s
#define INBOUND_MAX 1024 // subscriptions come from outside
#define AT_ONCE     64   // of them in one turn

struct packed_block {
    size_t n;
    uint8_t bytes[IMU_WIRE_MAX];
};

struct imu_frames {
    struct ring *ring; // of struct packed_block
    int wake;
    char topic[96], endpoint[128];
    void *socket; // XPUB, which tells about subscriptions
    atomic_bool wanted;
    atomic_ullong dropped;
    int n_topics;                // publisher thread: different subscriptions that match
    struct imu_wire_stamp stamp; // pipeline thread
};

int imu_frames_create(struct imu_frames **out, const struct imu_frames_identity *identity)
{
    struct imu_frames *f = calloc(1, sizeof *f);
    *out = NULL;
    int rc = f ? ring_create(&f->ring, sizeof(struct packed_block), N_BLOCKS) : -ENOMEM;
    if (rc != 0) {
        imu_frames_destroy(f);
        return rc;
    }
    f->wake = identity->wake;
    f->socket = identity->socket;
    imu_wire_boot(f->stamp.boot, identity->boot);
    snprintf(f->topic, sizeof f->topic, "%s", identity->topic);
    snprintf(f->endpoint, sizeof f->endpoint, "%s", identity->endpoint);
    *out = f;
    return 0;
}

void imu_frames_destroy(struct imu_frames *f)
{
    if (!f)
        return;
    ring_destroy(f->ring);
    free(f);
}

void imu_frames_push(struct imu_frames *f, const struct frame_block *block, int64_t utc_minus_mono_ns)
{
    uint64_t one = 1;
    if (!f || !atomic_load_explicit(&f->wanted, memory_order_relaxed))
        return;
    struct packed_block *slot = ring_reserve(f->ring);
    if (!slot) {
        atomic_fetch_add_explicit(&f->dropped, 1, memory_order_relaxed);
        return;
    }
    f->stamp.seq++;
    f->stamp.utc_minus_mono_ns = utc_minus_mono_ns;
    slot->n = imu_wire_encode(slot->bytes, block, &f->stamp);
    ring_commit(f->ring);
    (void)!write(f->wake, &one, sizeof one); // fails only when 2^64 - 2 wakes are pending
}

// libzmq tells about the first and the last subscription of each topic. Others send what they like.
static void take_subscription(struct imu_frames *f, const uint8_t *bytes, size_t n)
{
    if (n == 0 || bytes[0] > 1 || n - 1 > strlen(f->topic) || memcmp(bytes + 1, f->topic, n - 1) != 0)
        return;
    f->n_topics += bytes[0] == 1 ? 1 : -1;
    atomic_store_explicit(&f->wanted, f->n_topics > 0, memory_order_relaxed);
}

void imu_frames_serve(struct imu_frames *f)
{
    uint8_t bytes[INBOUND_MAX];
    const struct packed_block *block;
    if (!f)
        return;
    for (int i = 0; i < AT_ONCE; i++) {
        int n = zmq_recv(f->socket, bytes, sizeof bytes, ZMQ_DONTWAIT);
        if (n < 0)
            break;
        take_subscription(f, bytes, (size_t)n < sizeof bytes ? (size_t)n : sizeof bytes);
    }
    while ((block = ring_peek(f->ring)) != NULL) {
        if (zmq_send(f->socket, f->topic, strlen(f->topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
            zmq_send(f->socket, block->bytes, block->n, ZMQ_DONTWAIT);
        ring_release(f->ring);
    }
}

uint64_t imu_frames_dropped(const struct imu_frames *f)
{
    return f ? atomic_load_explicit(&f->dropped, memory_order_relaxed) : 0;
}

const char *imu_frames_endpoint(const struct imu_frames *f)
{
    return f ? f->endpoint : "";
}
