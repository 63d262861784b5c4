// SPDX-License-Identifier: GPL-3.0-or-later
// The recorder thread: takes copies of log events from the pipeline thread through a ring and writes them with
// log_writer. A disk that is full or slow stops or thins the recording, never the measuring.
#ifndef POISE_RECORD_RECORDER_H
#define POISE_RECORD_RECORDER_H

#include "frames/log_event.h"

#include <stdbool.h>
#include <stddef.h>

struct recorder;

struct recorder_status {
    bool writing;             // false after a write error
    int error;                // negative errno of that error
    unsigned long long bytes; // written so far
    unsigned long long dropped_events;
};

// Opens path and starts the thread. Events carry LOG_SETTINGS text by pointer: it must stay valid until close.
__attribute__((warn_unused_result)) int recorder_create(struct recorder **out, const char *path, char *error,
                                                        size_t error_size);
void recorder_push(struct recorder *recorder, const struct log_event *event); // pipeline thread; RT-safe
struct recorder_status recorder_status(const struct recorder *recorder);      // any thread
// Drains, writes footers, joins; 0 or the first error. Accepts NULL.
int recorder_close(struct recorder *recorder);

#endif
