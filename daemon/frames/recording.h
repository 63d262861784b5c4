// SPDX-License-Identifier: GPL-3.0-or-later
// How the recording stands: from the recorder to `status` and to who asks.
#ifndef POISE_FRAMES_RECORDING_H
#define POISE_FRAMES_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#define RECORDING_PATH 512

enum recording_order { RECORDING_KEEP, RECORDING_START, RECORDING_STOP };

struct recording_state {
    bool writing;
    int error;                 // negative errno of what ended it, 0 when it did not fail
    char path[RECORDING_PATH]; // of the part that is, or was last, written; "" before the first
    uint32_t part;             // number of that file in the recording, from 1
    uint64_t bytes;            // written so far, all parts
    uint64_t lost_events;      // of the log, over all recordings of this start
    uint64_t lost_metrics;
    uint32_t orders; // carried out, or failed, so far
};

#endif
