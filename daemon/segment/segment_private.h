// SPDX-License-Identifier: GPL-3.0-or-later
// What segment.c (axes and angles), procedure.c (how a calibration comes about) and report.c (what is told of it)
// share. Internal to the room.
#ifndef POISE_SEGMENT_SEGMENT_PRIVATE_H
#define POISE_SEGMENT_SEGMENT_PRIVATE_H

#include "segment/bows.h"
#include "segment/doubt.h"
#include "segment/gait_axis.h"
#include "segment/segment.h"
#include "segment/slip.h"
#include "segment/stand.h"

struct segment {
    struct segment_params params;
    int64_t utc_minus_mono_ns;
    int64_t index, next_index; // last frame of the latest block; first of the next
    bool started;
    uint32_t mounted; // SITE_BIT: the mount is known
    double mount[N_SITES][9];

    struct calibration now;                   // in force
    double q_sensor_from_segment[N_SITES][4]; // of now; identity where there is no fit
    bool stored;                              // it came with the log
    uint32_t by_running;                      // SITE_BIT: axis from running only; walking may still better it
    uint32_t reversed, other_mount;           // SITE_BIT: what is told in a hint
    uint32_t unfitted;                        // SITE_BIT: gave an angle in the latest block without a fit
    uint32_t slipped;                         // SITE_BIT
    float slipped_deg[N_SITES];
    uint32_t turned, changes;

    struct stand stand;
    struct bows bows;
    struct gait_axis gait_axis;
    struct slip slip;
    struct doubt doubt;

    int step, method, outcome; // as in struct calibration_result
    uint32_t commands;
    int step_blocks; // since the step began
    uint32_t found;  // SITE_BIT: axis found since the command
    char failure[REASON_MAX];
    bool report; // something changed that is to be told now
};

// What the fits of calibration `now` mean for the axes; after every change of it.
void segment_apply(struct segment *segment);

void procedure_begin(struct segment *segment); // the room's start
void procedure_watch_stand(struct segment *segment, const struct frame_block *block);
void procedure_observe(struct segment *segment, const struct motion *motion, const struct gait_phase *phase);
void procedure_restart(struct segment *segment); // the grid jumped

#endif
