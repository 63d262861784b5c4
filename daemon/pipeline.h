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

// The next output; call until NULL after every push. The pointer is valid until the next call.
const struct output *pipeline_pull(struct pipeline *pipeline);

// What findings keeps of the runner; *changes is raised when it is worth writing anew. RT-safe; valid until the next
// call of anything here.
const struct runner_history *pipeline_history(const struct pipeline *pipeline, uint32_t *changes);

// The same in two halves, for a replay on two threads. What the front (align) makes of the events does not depend on
// the rooms behind it, so it may run ahead; all that it gives has to reach the back in that order.
// Front: takes what concerns it; true: a status falls due with this event, and *status has the front's part of it
// (status may be NULL but with a tick). Then blocks until false.
bool pipeline_front_push(struct pipeline *pipeline, const struct log_event *event, struct status_result *status);
bool pipeline_front_pull(struct pipeline *pipeline, struct frame_block *block);
// Back: status is NULL when none was due. After each of them its outputs, until NULL.
void pipeline_back_event(struct pipeline *pipeline, const struct log_event *event, const struct status_result *status);
void pipeline_back_block(struct pipeline *pipeline, const struct frame_block *block);
const struct output *pipeline_back_pull(struct pipeline *pipeline);

#endif
