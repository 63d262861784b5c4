// SPDX-License-Identifier: GPL-3.0-or-later
// The room's state, shared by gait.c (blocks in, results out) and analysis.c (four times a second). Internal to the
// room.
#ifndef POISE_GAIT_STATE_H
#define POISE_GAIT_STATE_H

#include "gait/belief.h"
#include "gait/cadence.h"
#include "gait/channel.h"
#include "gait/gait.h"
#include "gait/line.h"
#include "gait/step_phase.h"
#include "gait/strides.h"

#define N_TRUNK 6
#define N_USED  (N_TRUNK + 2)

struct gait {
    struct gait_params params;
    struct fir fir;
    struct channel channel[N_USED];
    uint64_t blocks; // since the start, index into the rings
    int64_t index;   // last frame of the latest block

    struct cadence_spectra spectra;
    struct belief belief;
    struct line line;
    uint64_t moving_since; // block; what lies before it is not part of the movement
    bool moving;           // not still
    int doubtful;          // analyses in a row without a clear line

    struct step_phase phase;
    int phase_channel; // the channel the phase follows, -1 for none
    double step_hz;    // tracked, 0 when not moving
    int activity;

    struct strides strides;
    uint32_t worn; // SITE_BIT

    bool pending, summary_pending;
    struct cadence_result result;
    int64_t result_index;
};

static inline bool gait_is_foot(int channel)
{
    return channel >= N_TRUNK;
}

// A new result from what the rings hold.
void gait_analyse(struct gait *g);

#endif
