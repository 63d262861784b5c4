// SPDX-License-Identifier: GPL-3.0-or-later
// The reader's state, shared by xdf_reader.c (chunks), xdf_stream.c (their headers) and xdf_sample.c (what is inside a
// samples chunk).
#ifndef POISE_XDF_READER_PRIVATE_H
#define POISE_XDF_READER_PRIVATE_H

#include "xdf/input.h"
#include "xdf/xdf_reader.h"

struct xdf_reader {
    struct input in;
    struct xdf_stream **streams; // by id
    size_t n_streams;
    struct xdf_xml *xml; // of the chunk handed out last
    struct xdf_damage damage;
    bool ended, saw_stream;
    bool only_one, trust;
    uint32_t only_id;

    uint64_t chunk_start; // file offset
    uint64_t chunk_left;  // bytes of the open chunk not read yet
    bool broken;          // the open chunk contradicts itself
    bool starved;         // … because the file ends inside it

    const struct xdf_stream *stream; // of the open samples chunk, else NULL
    uint64_t samples_left;
    double *value;
    const char **text;
    size_t n_value, n_text; // capacity in channels
    char *strings;
    size_t strings_size;
};

// The next n bytes of the open chunk; NULL (and broken) when it or the input has fewer.
const unsigned char *xdf_reader_take(struct xdf_reader *reader, size_t n);
// A length as XDF writes it: its own size (1, 4, 8), then the number.
bool xdf_reader_length(struct xdf_reader *reader, uint64_t *length);
uint64_t le_number(const unsigned char *bytes, size_t n);
double le_double(const unsigned char *bytes);

// What a stream header says; false when the stream cannot be used.
bool stream_understand(struct xdf_stream *stream, const struct xdf_xml *xml);
const struct xdf_stream *stream_find(const struct xdf_reader *reader, uint32_t id); // NULL: none
__attribute__((warn_unused_result)) int stream_add(struct xdf_reader *reader, const struct xdf_stream *stream);
void stream_finish(struct xdf_reader *reader);

// Makes room for one sample of the stream. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int sample_prepare(struct xdf_reader *reader, const struct xdf_stream *stream);
void sample_finish(struct xdf_reader *reader);

#endif
