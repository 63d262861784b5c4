// SPDX-License-Identifier: GPL-3.0-or-later
// What pipeline.c (the log's events, the two halves) and pipeline_walk.c (one block through the rooms) share.
#ifndef POISE_PIPELINE_PRIVATE_H
#define POISE_PIPELINE_PRIVATE_H

#include "pipeline.h"

#define OUTPUTS_MAX 32 // per frame block or event: one of each stream, the steps of a gap, findings

struct pipeline {
    // The front: these and nothing else.
    struct align *align;
    uint64_t ticks;
    struct status_result status; // when both halves run on one thread
    // The back.
    struct orient *orient;
    struct segment *segment;
    struct gait *gait;
    struct posture *posture;
    struct breathing *breathing;
    struct arms *arms;
    struct pack *pack;
    struct exerciser *exerciser;
    bool assesses; // one runs
    struct findings *findings;
    struct frame_block block;
    struct motion motion;
    struct gait_phase phase;
    struct calibration_result calibration;
    bool has_speed;            // the belt's
    char session[SESSION_ID];  // that runs, "" for none
    int64_t utc_minus_mono_ns; // UTC_UNKNOWN_NS until a tick told it
    bool finished, last_status_sent;
    int64_t last_tick_ns;
    struct imu_frames *tap;
    struct output out[OUTPUTS_MAX];
    int n_out, next_out;
};

// A slot for an output of the instant t_ns. There are as many slots as one step can fill.
struct output *pipeline_add_output(struct pipeline *p, enum stream stream, int64_t t_ns);
// One frame block through all rooms; the outputs that fall due go into the slots.
void pipeline_walk(struct pipeline *p);
// Every repetition goes before the object that counts it, if need be both with the next block.
void pipeline_add_assessment(struct pipeline *p);

#endif
