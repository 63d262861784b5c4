// SPDX-License-Identifier: GPL-3.0-or-later
// What align.c (blocks in, frames out) and align_status.c (its report) share. Internal to the room.
#ifndef POISE_ALIGN_ALIGN_PRIVATE_H
#define POISE_ALIGN_ALIGN_PRIVATE_H

#include "align/align.h"
#include "align/track.h"

struct align {
    struct align_params params;
    struct track track[MAX_SOURCES];
    int n_slots;                   // the open ones are among the first so many
    struct chip chip[MAX_SOURCES]; // by the slot of its first source
    struct {                       // what device events said last
        bool known;
        uint16_t site;
        enum device_state state;
        char reason[REASON_MAX];
    } device[DEVICE_SLOTS];
    bool grid_started, finished;
    int64_t next_index; // first frame of the next block
    int64_t tick_ns;
    uint64_t frames;
};

// "Now" as far as the log knows: the newest sample, or the latest tick when it runs on the same clock. A source that is
// starting does not count unless all are: its stamps may be wild.
int64_t align_now_ns(const struct align *align);

// How long the others wait for this source.
int64_t align_longest_wait_ns(const struct align *align, const struct track *track);

#endif
