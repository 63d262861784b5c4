// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/xdf_writer.h"

#include "xdf/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOUNDARY_BYTES   (10U * 1000 * 1000)
#define BOUNDARY_STAMP_S 10.0

struct written_stream {
    struct xdf_stream info;
    uint64_t n_samples;
    double first_s, last_s;
};

struct xdf_writer {
    struct output out;
    bool owns_fd;
    struct written_stream *streams;
    size_t n_streams;
    unsigned long long boundary_at_bytes;
    double boundary_at_s; // NaN before the first stamp
};

// After each samples chunk: is it time for a boundary?
static int mark_boundary(struct xdf_writer *writer, double stamp_s)
{
    if (isfinite(stamp_s) && isnan(writer->boundary_at_s))
        writer->boundary_at_s = stamp_s;
    // Forwards only: a stream that lags behind the others would else draw a boundary with each of its chunks.
    bool late = isfinite(stamp_s) && stamp_s - writer->boundary_at_s >= BOUNDARY_STAMP_S;
    if (!late && writer->out.bytes - writer->boundary_at_bytes < BOUNDARY_BYTES)
        return 0;
    if (isfinite(stamp_s))
        writer->boundary_at_s = stamp_s;
    writer->boundary_at_bytes = writer->out.bytes;
    output_begin(&writer->out, XDF_TAG_BOUNDARY);
    output_bytes(&writer->out, xdf_boundary_uuid, XDF_UUID_BYTES);
    return output_end(&writer->out);
}

static int write_xml(struct xdf_writer *writer, enum xdf_tag tag, const uint32_t *stream_id, const struct xdf_xml *xml)
{
    size_t size;
    char *text = xdf_xml_dump(xml, &size);
    if (!text) {
        writer->out.error = -ENOMEM;
        return -ENOMEM;
    }
    if (size > XDF_MAX_XML) {
        free(text);
        return -EMSGSIZE;
    }
    output_begin(&writer->out, tag);
    if (stream_id)
        output_number(&writer->out, *stream_id, 4);
    output_bytes(&writer->out, text, size);
    free(text);
    return output_end(&writer->out);
}

static int write_file_header(struct xdf_writer *writer)
{
    output_append(&writer->out, XDF_MAGIC, XDF_MAGIC_BYTES);
    struct xdf_xml *xml = xdf_xml_create("info");
    xdf_node_add(xdf_xml_root(xml), "version", "1.0");
    int rc = write_xml(writer, XDF_TAG_FILE_HEADER, NULL, xml);
    xdf_xml_destroy(xml);
    return rc;
}

static int open_on(struct xdf_writer **out, int fd, bool owns_fd)
{
    struct xdf_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        if (owns_fd)
            close(fd);
        return -ENOMEM;
    }
    writer->boundary_at_s = NAN;
    writer->owns_fd = owns_fd;
    writer->out.fd = fd;
    int rc = write_file_header(writer);
    if (rc != 0) {
        xdf_writer_close(writer);
        return rc;
    }
    *out = writer;
    return 0;
}

int xdf_writer_open_fd(struct xdf_writer **out, int fd)
{
    *out = NULL;
    return open_on(out, fd, true);
}

int xdf_writer_open(struct xdf_writer **out, const char *path)
{
    *out = NULL;
    if (strcmp(path, "-") == 0)
        return open_on(out, STDOUT_FILENO, false);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : open_on(out, fd, true);
}

static struct written_stream *find(struct xdf_writer *writer, uint32_t id)
{
    for (size_t i = writer->n_streams; i-- > 0;) // the newest first
        if (writer->streams[i].info.id == id)
            return &writer->streams[i];
    return NULL;
}

struct xdf_xml *xdf_stream_header(const struct xdf_stream *stream)
{
    struct xdf_xml *xml = xdf_xml_create("info");
    struct xdf_node *info = xdf_xml_root(xml);
    xdf_node_add(info, "name", stream->name);
    xdf_node_add(info, "type", stream->type);
    xdf_node_add_number(info, "channel_count", stream->n_channels);
    xdf_node_add_number(info, "nominal_srate", stream->nominal_rate_hz);
    xdf_node_add(info, "channel_format", xdf_formats[stream->format].name);
    return xml;
}

int xdf_writer_stream(struct xdf_writer *writer, const struct xdf_stream *stream, const struct xdf_xml *header)
{
    if (find(writer, stream->id) || stream->n_channels > XDF_MAX_CHANNELS)
        return -EINVAL;
    if (writer->n_streams == XDF_MAX_STREAMS)
        return -ENOSPC;
    struct written_stream *grown = realloc(writer->streams, (writer->n_streams + 1) * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    writer->streams = grown;
    int rc = write_xml(writer, XDF_TAG_STREAM_HEADER, &stream->id, header);
    if (rc == 0)
        grown[writer->n_streams++] = (struct written_stream){.info = *stream, .first_s = NAN, .last_s = NAN};
    return rc;
}

// The bits of value in the format, false when it cannot be held exactly.
static bool encode(enum xdf_format format, double value, uint64_t *bits)
{
    static const double limit[] = {
        [XDF_INT8] = 0x1p7, [XDF_INT16] = 0x1p15, [XDF_INT32] = 0x1p31, [XDF_INT64] = 0x1p63};
    if (format == XDF_DOUBLE64) {
        memcpy(bits, &value, sizeof *bits);
        return true;
    }
    if (format == XDF_FLOAT32) {
        float narrow = (float)value;
        uint32_t narrow_bits;
        memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
        *bits = narrow_bits;
        return (double)narrow == value || isnan(value);
    }
    if (format == XDF_STRING || !(value >= -limit[format] && value < limit[format]) || trunc(value) != value)
        return false;
    *bits = (uint64_t)(int64_t)value;
    return true;
}

static int add_sample(struct xdf_writer *writer, const struct xdf_stream *stream, const double *stamp_s,
                      const double *value)
{
    size_t step = xdf_formats[stream->format].bytes;
    output_number(&writer->out, stamp_s ? 8 : 0, 1);
    if (stamp_s)
        output_double(&writer->out, *stamp_s);
    unsigned char *at = output_extend(&writer->out, step * stream->n_channels);
    for (size_t i = 0; at && i < stream->n_channels; i++) {
        uint64_t bits;
        if (!encode(stream->format, value[i], &bits))
            return -ERANGE;
        put_number(at + i * step, bits, step);
    }
    return writer->out.error;
}

static void count(struct written_stream *stream, size_t n, const double *stamp_s)
{
    if (stamp_s && stream->n_samples == 0)
        stream->first_s = stamp_s[0];
    if (stamp_s)
        stream->last_s = stamp_s[n - 1];
    stream->n_samples += n;
}

int xdf_writer_samples(struct xdf_writer *writer, uint32_t stream_id, size_t n, const double *stamp_s,
                       const double *value)
{
    struct written_stream *stream = find(writer, stream_id);
    if (!stream || stream->info.format == XDF_STRING || n == 0)
        return -EINVAL;
    output_begin(&writer->out, XDF_TAG_SAMPLES);
    output_number(&writer->out, stream_id, 4);
    output_length(&writer->out, n);
    for (size_t i = 0; i < n; i++) {
        int rc = add_sample(writer, &stream->info, stamp_s ? stamp_s + i : NULL, value + i * stream->info.n_channels);
        if (rc != 0)
            return rc;
    }
    count(stream, n, stamp_s);
    int rc = output_end(&writer->out);
    return rc != 0 ? rc : mark_boundary(writer, stamp_s ? stamp_s[n - 1] : NAN);
}

int xdf_writer_text(struct xdf_writer *writer, uint32_t stream_id, double stamp_s, const char *text)
{
    struct written_stream *stream = find(writer, stream_id);
    if (!stream || stream->info.format != XDF_STRING || stream->info.n_channels != 1)
        return -EINVAL;
    size_t length = strlen(text);
    if (length > XDF_MAX_TEXT)
        return -EMSGSIZE;
    output_begin(&writer->out, XDF_TAG_SAMPLES);
    output_number(&writer->out, stream_id, 4);
    output_length(&writer->out, 1);
    output_number(&writer->out, 8, 1);
    output_double(&writer->out, stamp_s);
    output_length(&writer->out, length);
    output_bytes(&writer->out, text, length);
    count(stream, 1, &stamp_s);
    int rc = output_end(&writer->out);
    return rc != 0 ? rc : mark_boundary(writer, stamp_s);
}

int xdf_writer_clock_offset(struct xdf_writer *writer, uint32_t stream_id, double collection_s, double offset_s)
{
    if (!find(writer, stream_id))
        return -EINVAL;
    output_begin(&writer->out, XDF_TAG_CLOCK_OFFSET);
    output_number(&writer->out, stream_id, 4);
    output_double(&writer->out, collection_s);
    output_double(&writer->out, offset_s);
    return output_end(&writer->out);
}

int xdf_writer_flush(struct xdf_writer *writer)
{
    return output_flush(&writer->out);
}

static bool is_regular(const struct xdf_writer *writer, struct stat *st)
{
    return fstat(writer->out.fd, st) == 0 && S_ISREG(st->st_mode);
}

bool xdf_writer_is_removed(const struct xdf_writer *writer)
{
    struct stat st;
    return is_regular(writer, &st) && st.st_nlink == 0;
}

int xdf_writer_sync(struct xdf_writer *writer)
{
    struct stat st;
    int rc = xdf_writer_flush(writer);
    if (rc == 0 && is_regular(writer, &st) && fdatasync(writer->out.fd) != 0)
        rc = writer->out.error = -errno;
    return rc;
}

unsigned long long xdf_writer_bytes(const struct xdf_writer *writer)
{
    return writer->out.bytes;
}

static int write_footer(struct xdf_writer *writer, const struct written_stream *stream)
{
    struct xdf_xml *xml = xdf_xml_create("info");
    struct xdf_node *info = xdf_xml_root(xml);
    if (isfinite(stream->first_s)) {
        xdf_node_add_number(info, "first_timestamp", stream->first_s);
        xdf_node_add_number(info, "last_timestamp", stream->last_s);
    }
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)stream->n_samples);
    xdf_node_add(info, "sample_count", number);
    int rc = write_xml(writer, XDF_TAG_STREAM_FOOTER, &stream->info.id, xml);
    xdf_xml_destroy(xml);
    return rc;
}

static int settle(struct xdf_writer *writer)
{
    for (size_t i = 0; i < writer->n_streams && writer->out.error == 0; i++)
        (void)write_footer(writer, &writer->streams[i]);
    (void)xdf_writer_flush(writer);
    struct stat st;
    if (writer->out.error == 0 && is_regular(writer, &st) && fsync(writer->out.fd) != 0)
        writer->out.error = -errno;
    return writer->out.error;
}

int xdf_writer_close(struct xdf_writer *writer)
{
    if (!writer)
        return 0;
    int rc = settle(writer);
    if (writer->owns_fd && close(writer->out.fd) != 0 && rc == 0)
        rc = -errno;
    free(writer->streams);
    output_finish(&writer->out);
    free(writer);
    return rc;
}
