// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the event log as one XDF 1.0 file: one IMU stream per source, `poise.events` for everything else, chunks in
// log order. What is written is exactly what log_reader gives back. Used by the recorder thread, by poise-sim --write
// and by poisectl import. Not RT-safe (allocates and writes).
#ifndef POISE_RECORD_LOG_WRITER_H
#define POISE_RECORD_LOG_WRITER_H

#include "frames/log_event.h"

struct log_writer;

// path "-" is standard output. 0 or negative errno.
__attribute__((warn_unused_result)) int log_writer_open(struct log_writer **out, const char *path);

// 0 or negative errno of the failed write; after a failure only close is permitted.
// LOG_SOURCE may come again for a slot (another description starts another XDF stream for the same slot).
__attribute__((warn_unused_result)) int log_writer_put(struct log_writer *writer, const struct log_event *event);

int log_writer_flush(struct log_writer *writer); // to the operating system
int log_writer_close(struct log_writer *writer); // writes the stream footers; frees in any case; accepts NULL

#endif
