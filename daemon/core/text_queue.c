// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text_queue.h"

#include "core/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    int64_t t_ns;
    size_t size;
    char *text;
};

struct text_queue {
    struct ring *ring;
    size_t max_bytes;
    atomic_size_t bytes; // of the texts that wait
    atomic_bool open;
    atomic_ullong lost;
};

int text_queue_create(struct text_queue **out, size_t n_slots, size_t max_bytes)
{
    struct text_queue *queue = *out = calloc(1, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    queue->max_bytes = max_bytes;
    int rc = ring_create(&queue->ring, sizeof(struct slot), n_slots);
    if (rc != 0) {
        free(queue);
        *out = NULL;
    }
    return rc;
}

void text_queue_destroy(struct text_queue *queue)
{
    int64_t t_ns;
    char *text;
    if (!queue)
        return;
    while ((text = text_queue_take(queue, &t_ns)) != NULL)
        free(text);
    ring_destroy(queue->ring);
    free(queue);
}

void text_queue_open(struct text_queue *queue, bool open)
{
    atomic_store(&queue->open, open);
}

void text_queue_put(struct text_queue *queue, int64_t t_ns, const char *text)
{
    if (!queue || !atomic_load(&queue->open))
        return;
    size_t size = strlen(text) + 1;
    struct slot *slot = ring_reserve(queue->ring);
    char *copy = slot && atomic_load(&queue->bytes) + size <= queue->max_bytes ? malloc(size) : NULL;
    if (!copy) {
        atomic_fetch_add(&queue->lost, 1);
        return;
    }
    memcpy(copy, text, size);
    *slot = (struct slot){t_ns, size, copy};
    atomic_fetch_add(&queue->bytes, size);
    ring_commit(queue->ring);
}

char *text_queue_take(struct text_queue *queue, int64_t *t_ns)
{
    const struct slot *slot = ring_peek(queue->ring);
    if (!slot)
        return NULL;
    char *text = slot->text;
    *t_ns = slot->t_ns;
    atomic_fetch_sub(&queue->bytes, slot->size);
    ring_release(queue->ring);
    return text;
}

unsigned long long text_queue_lost(const struct text_queue *queue)
{
    return atomic_load(&queue->lost);
}
