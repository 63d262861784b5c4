// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_out(struct output *out, const unsigned char *bytes, size_t n)
{
    while (n > 0 && out->error == 0) {
        ssize_t put = write(out->fd, bytes, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            out->error = -errno;
            break;
        }
        bytes += put;
        n -= (size_t)put;
    }
    return out->error;
}

int output_flush(struct output *out)
{
    size_t n = out->buffered;
    out->buffered = 0;
    return write_out(out, out->buffer, n);
}

int output_append(struct output *out, const void *bytes, size_t n)
{
    out->bytes += n;
    if (out->buffered + n > BUFFER_BYTES && output_flush(out) != 0)
        return out->error;
    if (n > BUFFER_BYTES)
        return write_out(out, bytes, n);
    memcpy(out->buffer + out->buffered, bytes, n);
    out->buffered += n;
    return out->error;
}

unsigned char *output_extend(struct output *out, size_t n)
{
    if (out->error != 0)
        return NULL;
    if (out->chunk_size + n > out->chunk_capacity) {
        size_t capacity = (out->chunk_size + n) * 2;
        unsigned char *chunk = realloc(out->chunk, capacity);
        if (!chunk) {
            out->error = -ENOMEM;
            return NULL;
        }
        out->chunk = chunk;
        out->chunk_capacity = capacity;
    }
    unsigned char *at = out->chunk + out->chunk_size;
    out->chunk_size += n;
    return at;
}

void put_number(unsigned char *at, uint64_t number, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (unsigned char)(number >> (8 * i));
}

void output_number(struct output *out, uint64_t number, size_t n)
{
    unsigned char *at = output_extend(out, n);
    if (at)
        put_number(at, number, n);
}

void output_double(struct output *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    output_number(out, bits, 8);
}

void output_bytes(struct output *out, const void *bytes, size_t n)
{
    unsigned char *at = output_extend(out, n);
    if (at && n > 0)
        memcpy(at, bytes, n);
}

void output_length(struct output *out, uint64_t length)
{
    size_t size = length <= UINT8_MAX ? 1 : length <= UINT32_MAX ? 4 : 8;
    output_number(out, size, 1);
    output_number(out, length, size);
}

void output_begin(struct output *out, enum xdf_tag tag)
{
    out->chunk_size = 0;
    output_number(out, tag, 2);
}

int output_end(struct output *out)
{
    if (out->error != 0)
        return out->error;
    unsigned char head[9];
    size_t size = out->chunk_size <= UINT8_MAX ? 1 : out->chunk_size <= UINT32_MAX ? 4 : 8;
    head[0] = (unsigned char)size;
    put_number(head + 1, out->chunk_size, size);
    if (output_append(out, head, 1 + size) != 0)
        return out->error;
    return output_append(out, out->chunk, out->chunk_size);
}

void output_finish(struct output *out)
{
    free(out->chunk);
    out->chunk = NULL;
}
