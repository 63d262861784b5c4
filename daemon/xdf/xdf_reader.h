// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an XDF 1.0 file chunk by chunk, forwards only, so from a pipe too, in constant memory. Every length in the file
// is checked. A chunk that cannot be right is left and reading goes on behind the next Boundary chunk; a file that
// ends inside a chunk ends there. xdf_reader_damage() tells what was lost. A stream whose header is unusable (XML,
// format, too many channels) is passed over with its samples. Not RT-safe.
#ifndef POISE_XDF_XDF_READER_H
#define POISE_XDF_XDF_READER_H

#include "xdf/xdf.h"
#include "xdf/xml.h"

#include <stdbool.h>
#include <stddef.h>

struct xdf_reader;

enum xdf_chunk_kind { XDF_FILE_HEADER, XDF_STREAM_HEADER, XDF_SAMPLES, XDF_CLOCK_OFFSET, XDF_STREAM_FOOTER };

struct xdf_chunk {
    enum xdf_chunk_kind kind;
    const struct xdf_stream *stream; // NULL for the file header; lives as long as the reader
    const struct xdf_xml *xml;       // headers and footers; NULL when a footer's XML is broken; until the next call
    uint64_t n_samples;              // samples: as announced
    double collection_s, offset_s;   // clock offset
};

struct xdf_sample {
    bool has_stamp;
    double stamp_s;
    const double *value;     // [n_channels] of a numeric stream; int64 beyond 2^53 is rounded
    const char *const *text; // [n_channels] of a string stream; a NUL inside reads as '?'
};

struct xdf_damage {
    bool cut;               // ended inside a chunk
    unsigned n_gaps;        // places where chunks were lost, an end in damage included
    unsigned n_bad_headers; // streams that were passed over
    unsigned n_unknown;     // chunks of no kind of XDF 1.0, or samples of a stream that was never announced
    uint64_t bytes_lost, first_offset;
};

// The descriptor stays the caller's. -EBADMSG when it does not begin like XDF; negative errno.
__attribute__((warn_unused_result)) int xdf_reader_open_fd(struct xdf_reader **out, int fd);
__attribute__((warn_unused_result)) int xdf_reader_open_memory(struct xdf_reader **out, const void *data, size_t size);
void xdf_reader_close(struct xdf_reader *reader); // accepts NULL

// 1: *chunk is filled. 0: end. Negative errno of a failed read. Samples not asked for are passed over.
__attribute__((warn_unused_result)) int xdf_reader_next(struct xdf_reader *reader, struct xdf_chunk *chunk);

// After a samples chunk. 1: *sample is filled, valid until the next call. 0: the chunk is done and was sound.
// -EBADMSG: the rest of the chunk is damaged or missing; go on with xdf_reader_next.
__attribute__((warn_unused_result)) int xdf_reader_sample(struct xdf_reader *reader, struct xdf_sample *sample);

// All n samples of the chunk just opened at once, when it holds n, all numbers with a stamp: stamp_s [n], value
// [n × stride], where each row needs n_channels of its stride. False: the chunk is of another kind, or is not whole;
// nothing was taken, go through it sample by sample.
bool xdf_reader_rows(struct xdf_reader *reader, size_t n, size_t stride, double *stamp_s, double *value);

// From now on samples of this stream alone. trust: the file is known to be sound, other chunks need no look.
void xdf_reader_only(struct xdf_reader *reader, uint32_t stream_id, bool trust);

uint64_t xdf_reader_offset(const struct xdf_reader *reader); // bytes of the input read so far, for a progress display
const struct xdf_damage *xdf_reader_damage(const struct xdf_reader *reader);

// Copies the whole input from its first byte to fd and ends this reader. For an input that cannot seek, not later than
// at its first stream header; -ESPIPE after that.
__attribute__((warn_unused_result)) int xdf_reader_spool(struct xdf_reader *reader, int fd);

#endif
