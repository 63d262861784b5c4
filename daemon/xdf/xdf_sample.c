// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/format.h"
#include "xdf/reader_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Written out so that the compiler makes one load of it.
static uint64_t le_64(const unsigned char *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static uint32_t le_32(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

uint64_t le_number(const unsigned char *bytes, size_t n)
{
    uint64_t number = 0;
    for (size_t i = n; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

double le_double(const unsigned char *bytes)
{
    uint64_t bits = le_64(bytes);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double le_float(const unsigned char *bytes)
{
    uint32_t bits = le_32(bytes);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double decode(enum xdf_format format, const unsigned char *bytes)
{
    switch (format) {
    case XDF_INT8:
        return (int8_t)bytes[0];
    case XDF_INT16:
        return (int16_t)(bytes[0] | bytes[1] << 8);
    case XDF_INT32:
        return (int32_t)le_32(bytes);
    case XDF_INT64:
        return (double)(int64_t)le_64(bytes);
    case XDF_FLOAT32:
        return le_float(bytes);
    case XDF_DOUBLE64:
        return le_double(bytes);
    case XDF_STRING:
        break;
    }
    return 0;
}

int sample_prepare(struct xdf_reader *reader, const struct xdf_stream *stream)
{
    size_t n = stream->n_channels;
    if (stream->format != XDF_STRING && n > reader->n_value) {
        double *value = realloc(reader->value, n * sizeof *value);
        if (!value)
            return -ENOMEM;
        reader->value = value;
        reader->n_value = n;
    }
    if (stream->format == XDF_STRING && n > reader->n_text) {
        const char **text = realloc(reader->text, n * sizeof *text);
        if (!text)
            return -ENOMEM;
        reader->text = text;
        reader->n_text = n;
    }
    return 0;
}

void sample_finish(struct xdf_reader *reader)
{
    free(reader->value);
    free(reader->text);
    free(reader->strings);
}

static bool read_numbers(struct xdf_reader *reader)
{
    enum xdf_format format = reader->stream->format;
    size_t step = xdf_formats[format].bytes;
    size_t n = reader->stream->n_channels;
    const unsigned char *bytes = xdf_reader_take(reader, n * step);
    if (!bytes)
        return false;
    for (size_t i = 0; i < n; i++)
        reader->value[i] = decode(format, bytes + i * step);
    return true;
}

static bool keep_string(struct xdf_reader *reader, size_t used, const unsigned char *bytes, size_t length)
{
    if (used + length + 1 > reader->strings_size) {
        size_t size = (used + length + 1) * 2;
        char *strings = realloc(reader->strings, size);
        if (!strings) {
            reader->in.error = -ENOMEM;
            return false;
        }
        reader->strings = strings;
        reader->strings_size = size;
    }
    for (size_t i = 0; i < length; i++)
        reader->strings[used + i] = bytes[i] ? (char)bytes[i] : '?';
    reader->strings[used + length] = '\0';
    return true;
}

static bool read_strings(struct xdf_reader *reader)
{
    size_t n = reader->stream->n_channels;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t length;
        if (!xdf_reader_length(reader, &length))
            return false;
        if (length > XDF_MAX_TEXT || used + length > XDF_MAX_TEXT) {
            reader->broken = true;
            return false;
        }
        const unsigned char *bytes = xdf_reader_take(reader, (size_t)length);
        if (!bytes || !keep_string(reader, used, bytes, (size_t)length))
            return false;
        used += (size_t)length + 1;
    }
    for (size_t i = 0, at = 0, next = 0; i < n; i++, at = next) { // the buffer may have moved until here
        reader->text[i] = reader->strings + at;
        next = at + strlen(reader->strings + at) + 1;
    }
    return true;
}

static bool read_stamp(struct xdf_reader *reader, struct xdf_sample *sample)
{
    const unsigned char *size = xdf_reader_take(reader, 1);
    if (!size)
        return false;
    sample->has_stamp = *size == 8;
    sample->stamp_s = 0;
    if (*size == 0)
        return true;
    if (*size != 8) {
        reader->broken = true;
        return false;
    }
    const unsigned char *stamp = xdf_reader_take(reader, 8);
    if (stamp)
        sample->stamp_s = le_double(stamp);
    return stamp != NULL;
}

int xdf_reader_sample(struct xdf_reader *reader, struct xdf_sample *sample)
{
    if (!reader->stream || reader->broken)
        return -EBADMSG;
    if (reader->samples_left == 0) {
        reader->broken = reader->chunk_left != 0; // more bytes than the samples announced
        return reader->broken ? -EBADMSG : 0;
    }
    reader->samples_left--;
    bool text = reader->stream->format == XDF_STRING;
    if (!read_stamp(reader, sample) || !(text ? read_strings(reader) : read_numbers(reader)))
        return -EBADMSG;
    sample->value = text ? NULL : reader->value;
    sample->text = text ? reader->text : NULL;
    return 1;
}

// One row of numbers; the switch stands outside the loop over its channels.
static void decode_row(enum xdf_format format, const unsigned char *bytes, size_t n, double *value)
{
    if (format == XDF_INT16) // what most sensors deliver
        for (size_t i = 0; i < n; i++)
            value[i] = (int16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    else
        for (size_t i = 0; i < n; i++)
            value[i] = decode(format, bytes + i * xdf_formats[format].bytes);
}

bool xdf_reader_rows(struct xdf_reader *reader, size_t n, size_t stride, double *stamp_s, double *value)
{
    const struct xdf_stream *stream = reader->stream;
    if (!stream || reader->broken || stream->format == XDF_STRING || stream->n_channels > stride)
        return false;
    size_t row = 1 + 8 + stream->n_channels * xdf_formats[stream->format].bytes;
    if (n == 0 || n != reader->samples_left || n > SIZE_MAX / row || n * row != reader->chunk_left ||
        !input_need(&reader->in, n * row))
        return false;
    const unsigned char *at = reader->in.bytes + reader->in.pos;
    for (size_t i = 0; i < n; i++, at += row) {
        if (at[0] != 8)
            return false; // nothing has been taken yet
        stamp_s[i] = le_double(at + 1);
        decode_row(stream->format, at + 9, stream->n_channels, value + i * stride);
    }
    reader->samples_left = 0;
    return xdf_reader_take(reader, n * row) != NULL;
}
