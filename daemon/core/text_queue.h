// SPDX-License-Identifier: GPL-3.0-or-later
// Texts of any length from one thread to another, each with the instant it belongs to: a ring of copies, bounded in
// number and in bytes. What finds no place is counted. Closed it takes nothing and counts nothing. Not RT-safe.
#ifndef POISE_CORE_TEXT_QUEUE_H
#define POISE_CORE_TEXT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_queue;

// Begins closed. n_slots is a power of two. 0, -EINVAL or -ENOMEM.
__attribute__((warn_unused_result)) int text_queue_create(struct text_queue **out, size_t n_slots, size_t max_bytes);
void text_queue_destroy(struct text_queue *queue); // accepts NULL

void text_queue_open(struct text_queue *queue, bool open); // any thread
// Producer; accepts NULL.
void text_queue_put(struct text_queue *queue, int64_t t_ns, const char *text);
// Consumer: the oldest text, which is the caller's to free; NULL when there is none.
char *text_queue_take(struct text_queue *queue, int64_t *t_ns);
unsigned long long text_queue_lost(const struct text_queue *queue); // any thread

#endif
