// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of a track share: its ring of samples by index.
#ifndef POISE_ALIGN_TRACK_PRIVATE_H
#define POISE_ALIGN_TRACK_PRIVATE_H

#include "align/track.h"

static inline struct track_sample *track_sample(struct track *t, uint64_t index)
{
    return &t->history[index % TRACK_HISTORY];
}

static inline const struct track_sample *track_sample_const(const struct track *t, uint64_t index)
{
    return &t->history[index % TRACK_HISTORY];
}

// The samples before this index have an instant.
static inline uint64_t track_placed(const struct track *t)
{
    return t->head - (uint64_t)t->clock.n_waiting;
}

#endif
