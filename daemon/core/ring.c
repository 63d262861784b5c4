// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ring.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct ring {
    unsigned char *slots;
    size_t slot_bytes, mask;
    // Each index has its own cache line: the two threads would otherwise steal one line from each other.
    alignas(CACHE_LINE) atomic_size_t head; // written by the producer
    alignas(CACHE_LINE) atomic_size_t tail; // written by the consumer
};

int ring_create(struct ring **out, size_t slot_bytes, size_t n_slots)
{
    *out = NULL;
    if (slot_bytes == 0 || n_slots == 0 || (n_slots & (n_slots - 1)) != 0)
        return -EINVAL;
    slot_bytes = (slot_bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    struct ring *ring = aligned_alloc(CACHE_LINE, sizeof *ring);
    if (!ring)
        return -ENOMEM;
    memset(ring, 0, sizeof *ring);
    ring->slots = aligned_alloc(CACHE_LINE, slot_bytes * n_slots);
    if (!ring->slots) {
        free(ring);
        return -ENOMEM;
    }
    memset(ring->slots, 0, slot_bytes * n_slots); // touches every page before real time begins
    ring->slot_bytes = slot_bytes;
    ring->mask = n_slots - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    *out = ring;
    return 0;
}

void ring_destroy(struct ring *ring)
{
    if (!ring)
        return;
    free(ring->slots);
    free(ring);
}

static unsigned char *slot_at(struct ring *ring, size_t index)
{
    return ring->slots + (index & ring->mask) * ring->slot_bytes;
}

void *ring_reserve(struct ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return head - tail > ring->mask ? NULL : slot_at(ring, head);
}

void ring_commit(struct ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

const void *ring_peek(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    return head == tail ? NULL : slot_at(ring, tail);
}

void ring_release(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

size_t ring_used(const struct ring *ring)
{
    // tail first: head can only grow in between, so the difference is never negative.
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
}
