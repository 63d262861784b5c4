// SPDX-License-Identifier: GPL-3.0-or-later
// Writes an XDF 1.0 file, append-only, to a file or a pipe. Boundary chunks go in about every 10 s of stamps and every
// 10 MB, so that a reader can go on behind damage; closing writes a footer per stream and, to a regular file, waits
// until the disk has it. Buffers 64 KiB. After a failed call only close is permitted. Not RT-safe.
#ifndef POISE_XDF_XDF_WRITER_H
#define POISE_XDF_XDF_WRITER_H

#include "xdf/xdf.h"
#include "xdf/xml.h"

#include <stdbool.h>
#include <stddef.h>

struct xdf_writer;

// path "-" is standard output; an existing file is replaced. 0 or negative errno.
__attribute__((warn_unused_result)) int xdf_writer_open(struct xdf_writer **out, const char *path);

// The same on an open descriptor, which the writer takes over and closes, on failure too.
__attribute__((warn_unused_result)) int xdf_writer_open_fd(struct xdf_writer **out, int fd);

// A header with <name>, <type>, <channel_count>, <nominal_srate> and <channel_format>; the caller may add <desc> and
// destroys it. NULL without memory.
struct xdf_xml *xdf_stream_header(const struct xdf_stream *stream);
// A StreamHeader chunk. -EINVAL: an id twice, or too many channels; -ENOSPC: too many streams.
__attribute__((warn_unused_result)) int xdf_writer_stream(struct xdf_writer *writer, const struct xdf_stream *stream,
                                                          const struct xdf_xml *header);

// One Samples chunk of a numeric stream: stamp_s [n] (NULL: none), value [n × n_channels]. -ERANGE: a value that the
// stream's format cannot hold exactly; nothing of the chunk was written. -EINVAL: no such stream.
__attribute__((warn_unused_result)) int xdf_writer_samples(struct xdf_writer *writer, uint32_t stream_id, size_t n,
                                                           const double *stamp_s, const double *value);
// One Samples chunk with one sample of a one-channel string stream. -EMSGSIZE: longer than a reader takes.
__attribute__((warn_unused_result)) int xdf_writer_text(struct xdf_writer *writer, uint32_t stream_id, double stamp_s,
                                                        const char *text);
__attribute__((warn_unused_result)) int xdf_writer_clock_offset(struct xdf_writer *writer, uint32_t stream_id,
                                                                double collection_s, double offset_s);

unsigned long long xdf_writer_bytes(const struct xdf_writer *writer); // of the file so far
int xdf_writer_flush(struct xdf_writer *writer);                      // to the operating system
// To the disk; what is no regular file is flushed only.
__attribute__((warn_unused_result)) int xdf_writer_sync(struct xdf_writer *writer);
bool xdf_writer_is_removed(const struct xdf_writer *writer); // no folder has the file any more
int xdf_writer_close(struct xdf_writer *writer); // footers; frees in any case; the first error; accepts NULL

#endif
