// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the event log as one XDF 1.0 file: one IMU stream per source, `poise.events` for everything else, chunks in
// log order; marks and sessions once more as `poise.markers`, which other programs look for. What is written is exactly
// what log_reader gives back. Used by the recorder thread, by poise-sim --write and by poisectl import. Not RT-safe
// (allocates and writes). Three things are not kept: arrival_ns; scale and offset of channels outside the mask (they
// read back as 0); bytes that are not UTF-8 or control characters in texts ('?'), and blanks at the ends of device and
// chip names. Events before the first stamp (settings, sources) wait in memory for it, so that each line has a stamp.
#ifndef POISE_RECORD_LOG_WRITER_H
#define POISE_RECORD_LOG_WRITER_H

#include "frames/log_event.h"
#include "record/log_part.h"

#include <stdbool.h>

struct log_writer;

// path "-" is standard output; an existing file is replaced. 0 or negative errno.
__attribute__((warn_unused_result)) int log_writer_open(struct log_writer **out, const char *path);

// The same on an open descriptor, which the writer takes over and closes, on failure too.
__attribute__((warn_unused_result)) int log_writer_open_fd(struct log_writer **out, int fd);

// The first line of a file of a recording in parts; with has_head what follows repeats what was in force, and
// log_writer_put_head ends that.
__attribute__((warn_unused_result)) int log_writer_put_part(struct log_writer *writer, const struct log_part *part);
__attribute__((warn_unused_result)) int log_writer_put_head(struct log_writer *writer);

// 0 or negative errno of the failed write; after a failure only close is permitted.
// LOG_SOURCE may come again for a slot (another description starts another XDF stream for the same slot).
// -EINVAL: a block of a slot that was never described, or a description without site or channel; -ERANGE: a value its
// source's format cannot hold exactly. Nothing of such an event was written, the next may be put.
__attribute__((warn_unused_result)) int log_writer_put(struct log_writer *writer, const struct log_event *event);
// Says in the log that n_lost events are missing here; log_reader tells it as a warning.
__attribute__((warn_unused_result)) int log_writer_put_hole(struct log_writer *writer, unsigned long long n_lost);

// A published object, into stream `poise.metrics`; no event of the log. t_ns is what it describes.
__attribute__((warn_unused_result)) int log_writer_put_metric(struct log_writer *writer, int64_t t_ns,
                                                              const char *text);

unsigned long long log_writer_bytes(const struct log_writer *writer); // of the file so far
int log_writer_flush(struct log_writer *writer);                      // to the operating system
int log_writer_sync(struct log_writer *writer);                       // to the disk
bool log_writer_is_removed(const struct log_writer *writer);          // no folder has the file any more
int log_writer_close(struct log_writer *writer); // writes the stream footers; frees in any case; accepts NULL

#endif
