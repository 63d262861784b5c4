// SPDX-License-Identifier: GPL-3.0-or-later
// Chunks on their way to a file, for the writer in this room: a chunk is put together in memory, since its length goes
// before it, then written through a buffer. The first error stays; after it every call does nothing.
#ifndef POISE_XDF_OUTPUT_H
#define POISE_XDF_OUTPUT_H

#include "xdf/format.h"

#include <stddef.h>
#include <stdint.h>

#define BUFFER_BYTES (64U * 1024)

struct output { // zero but fd to begin
    int fd;
    int error;            // negative errno, 0 while all is well
    unsigned char *chunk; // content of the chunk being made, tag included
    size_t chunk_size, chunk_capacity;
    unsigned char buffer[BUFFER_BYTES];
    size_t buffered;
    unsigned long long bytes; // of the file, those in the buffer included
};

void output_finish(struct output *out); // frees; does not close
int output_flush(struct output *out);
int output_append(struct output *out, const void *bytes, size_t n); // outside any chunk

void output_begin(struct output *out, enum xdf_tag tag); // what was begun before and not ended is dropped
void output_number(struct output *out, uint64_t number, size_t n_bytes);
void output_double(struct output *out, double value);
void output_bytes(struct output *out, const void *bytes, size_t n);
void output_length(struct output *out, uint64_t length); // its own size first
// Grows the chunk by n bytes and returns where they go; NULL without memory.
unsigned char *output_extend(struct output *out, size_t n);
int output_end(struct output *out);

void put_number(unsigned char *at, uint64_t number, size_t n_bytes);

#endif
