// SPDX-License-Identifier: GPL-3.0-or-later
// The recorder thread: takes copies of log events from the pipeline thread through a ring, and of published objects
// from the publisher's through a queue, and hands them to a recording. It runs whether it records or not, so that a
// recording can begin at any moment. A disk that is full or slow stops or thins the recording, never the measuring.
#ifndef POISE_RECORD_RECORDER_H
#define POISE_RECORD_RECORDER_H

#include "core/text_queue.h"
#include "frames/log_event.h"
#include "frames/recording.h"
#include "record/record_settings.h"

struct recorder;

// Starts the thread. begins: a recording is started next, published objects are kept for it from now on. Events carry
// LOG_SETTINGS and LOG_HISTORY by pointer: what it points to must stay until close. 0 or negative errno.
__attribute__((warn_unused_result)) int recorder_create(struct recorder **out, const struct record_params *params,
                                                        const char *rig, bool begins);
// Main: starts a recording and waits until its file is open. path: this one file, replaced when it is there; NULL:
// parts in record.dir. 0, -EALREADY, -ENOTDIR (record.dir is null) or negative errno.
__attribute__((warn_unused_result)) int recorder_start(struct recorder *recorder, const char *path);
// Main: orders from outside, carried out within about 0.1 s; recorder_state().orders then counts one more.
void recorder_order(struct recorder *recorder, enum recording_order order);

// Pipeline thread, RT-safe.
void recorder_push(struct recorder *recorder, const struct log_event *event);
// Pipeline thread, RT-safe, directly after the event that brought it: the calibration in force now, NULL: none.
void recorder_set_calibration(struct recorder *recorder, const struct calibration *calibration);

struct text_queue *recorder_metrics(struct recorder *recorder);   // the publisher puts its objects here
struct recording_state recorder_state(struct recorder *recorder); // any thread but the pipeline's
// Drains, writes footers, joins; 0 or the error of a recording that ended incomplete. Accepts NULL.
int recorder_close(struct recorder *recorder);

#endif
