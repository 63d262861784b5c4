// SPDX-License-Identifier: GPL-3.0-or-later
// One source inside align: its clock, its scaled and mounted samples on the common timeline, and their interpolation at
// a grid instant. Internal to the room. RT-safe; align owns the memory.
#ifndef POISE_ALIGN_TRACK_H
#define POISE_ALIGN_TRACK_H

#include "align/align.h"
#include "align/chip.h"
#include "dsp/biquad.h"

#define TRACK_HISTORY 8192 // samples: > 1.5 s at 4 kHz, more than the longest wait for another source

struct track_sample {
    int64_t time_ns;
    float value[N_CHANNELS];        // SI, mounted axes
    int missed;                     // samples missing before this one
    bool acc_clipped, gyro_clipped; // a channel was at full scale
    bool usable;                    // all values are numbers
    uint8_t unbroken;               // so many samples before it (at most 3) and itself are of one piece
};

struct track {
    bool open;    // has a description
    bool started; // the clock stands, and what follows from it is set up
    bool resumes; // the next sample is the first of a start
    struct source_desc desc;
    const struct chip *chip;
    struct clock_model clock;
    double full_scale; // in counts; infinite: unknown

    struct track_sample *history; // [TRACK_HISTORY], index modulo; the last clock.n_waiting have no instant yet
    uint64_t head;                // samples pushed so far
    uint64_t cursor;              // the sample at or before the last grid instant asked for
    double last_raw[N_CHANNELS];  // counts; of how many samples in a row they were the same
    int n_same;
    int64_t still_ns;   // so long values that do not change are believed
    bool stands_still;  // they have not for longer
    int pending_missed; // unusable samples (NaN, late) since the last one in history
    int torn;           // samples since then that did not advance

    bool low_passed; // faster than the grid
    struct biquad section[2];
    struct biquad_state filter[N_CHANNELS][2];
    bool filter_settled;
    int64_t filter_delay_ns;

    uint64_t in, invalid, dropped;
    uint32_t gaps, missed, saturated;
};

void track_open(struct track *track, const struct source_desc *desc, const struct align_params *params,
                int64_t not_before_ns);
// The device is gone: what waits for an instant gets one if it can, then the clock is forgotten. Samples keep their
// places.
void track_restart(struct track *track, int64_t not_before_ns);
// All samples of the block. Those earlier than not_before_ns are late: counted invalid.
void track_push(struct track *track, const struct raw_block *block, int64_t not_before_ns);
void track_finish(struct track *track); // the log has ended: what waits for an instant gets one

// The latest instant that can be interpolated with all four neighbours; at the end (last) up to the last sample.
int64_t track_ready_ns(const struct track *track, bool last);
int64_t track_last_ns(const struct track *track); // newest sample, INT64_MIN when there is none
int64_t track_next_ns(const struct track *track); // first sample not passed yet, INT64_MAX when there is none
uint64_t track_held(const struct track *track);   // accepted samples after the cursor

// The value at time_ns (never earlier than in the call before). Returns FRAME_*_CLIPPED and FRAME_BRIDGED bits, or -1
// when there is no measurement there.
int track_at(struct track *track, int64_t time_ns, int max_bridged, float value[N_CHANNELS]);

#endif
