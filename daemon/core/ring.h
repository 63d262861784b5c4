// SPDX-License-Identifier: GPL-3.0-or-later
// A queue of fixed-size slots between exactly one producer and one consumer thread, without locks.
// Free-running indices (C11 atomics); the producer writes in place (reserve, fill, commit), the consumer reads in
// place (peek, release). A full ring refuses the producer, who counts the drop; nothing is ever overwritten.
// All but create and destroy are RT-safe.
#ifndef POISE_CORE_RING_H
#define POISE_CORE_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring;

// n_slots is a power of two. 0, -EINVAL or -ENOMEM.
__attribute__((warn_unused_result)) int ring_create(struct ring **out, size_t slot_bytes, size_t n_slots);
void ring_destroy(struct ring *ring); // accepts NULL

void *ring_reserve(struct ring *ring); // producer: the next free slot, NULL when full
void ring_commit(struct ring *ring);   // producer: hands the reserved slot over

const void *ring_peek(struct ring *ring); // consumer: the oldest slot, NULL when empty
void ring_release(struct ring *ring);     // consumer: gives the peeked slot back

size_t ring_used(const struct ring *ring); // either side; a moment's truth

#endif
