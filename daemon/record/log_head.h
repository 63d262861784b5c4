// SPDX-License-Identifier: GPL-3.0-or-later
// What of a log is in force: settings, calibration, sources, the state of the devices, the belt's speed, the session.
// Repeated at the head of a file that begins in the middle of a log, it lets that file be read alone. One thread.
#ifndef POISE_RECORD_LOG_HEAD_H
#define POISE_RECORD_LOG_HEAD_H

#include "record/log_writer.h"

struct log_head {         // zero to begin
    const char *settings; // NULL: nothing has begun; as long as the event's
    bool has_calibration, has_speed;
    struct calibration calibration;
    const struct runner_history *history; // NULL: none; as long as the event's
    struct command speed, session;
    bool has_desc[MAX_SOURCES], has_device[DEVICE_SLOTS];
    struct source_desc desc[MAX_SOURCES];
    struct device_event device[DEVICE_SLOTS];
};

void log_head_take(struct log_head *head, const struct log_event *event); // every event but blocks and ticks
// The calibration that the pipeline has now; NULL: none.
void log_head_set_calibration(struct log_head *head, const struct calibration *calibration);
// In the order in which a log opens. 0 or negative errno.
__attribute__((warn_unused_result)) int log_head_write(const struct log_head *head, struct log_writer *writer);

#endif
