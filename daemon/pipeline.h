// SPDX-License-Identifier: GPL-3.0-or-later
// The walk through the rooms: log events in, outputs out. A pure function of the event sequence: it reads no clock, no
// file and no socket, so a recording replays to the same values. One thread; RT-safe after create.
#ifndef POISE_PIPELINE_H
#define POISE_PIPELINE_H

#include "config.h"
#include "frames/log_event.h"
#include "frames/output.h"

struct pipeline;
struct imu_frames;

// Allocates and plans everything. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int pipeline_create(struct pipeline **out, const struct config *config);
void pipeline_destroy(struct pipeline *pipeline); // accepts NULL

// Each frame block goes there too, after orient; NULL for nowhere. Nothing comes back.
void pipeline_tap_frames(struct pipeline *pipeline, struct imu_frames *frames);

void pipeline_push(struct pipeline *pipeline, const struct log_event *event);
void pipeline_finish(struct pipeline *pipeline); // the log has ended: what waits for late sensors goes out

// The next output; call until false after every push. The pointer is valid until the next call.
const struct output *pipeline_pull(struct pipeline *pipeline);

#endif
