// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/xdf_reader.h"

#include "xdf/format.h"
#include "xdf/reader_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BOUNDARY_FAR UINT64_MAX

static int begin(struct xdf_reader *reader)
{
    const unsigned char *magic = input_take(&reader->in, XDF_MAGIC_BYTES);
    if (!magic)
        return reader->in.error ? reader->in.error : -EBADMSG;
    return memcmp(magic, XDF_MAGIC, XDF_MAGIC_BYTES) == 0 ? 0 : -EBADMSG;
}

int xdf_reader_open_fd(struct xdf_reader **out, int fd)
{
    *out = NULL;
    struct xdf_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return -ENOMEM;
    int rc = input_open_fd(&reader->in, fd);
    if (rc == 0)
        rc = begin(reader);
    if (rc != 0) {
        xdf_reader_close(reader);
        return rc;
    }
    *out = reader;
    return 0;
}

int xdf_reader_open_memory(struct xdf_reader **out, const void *data, size_t size)
{
    *out = NULL;
    struct xdf_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return -ENOMEM;
    input_open_memory(&reader->in, data, size);
    int rc = begin(reader);
    if (rc != 0) {
        xdf_reader_close(reader);
        return rc;
    }
    *out = reader;
    return 0;
}

void xdf_reader_close(struct xdf_reader *reader)
{
    if (!reader)
        return;
    stream_finish(reader);
    xdf_xml_destroy(reader->xml);
    sample_finish(reader);
    input_finish(&reader->in);
    free(reader);
}

const unsigned char *xdf_reader_take(struct xdf_reader *reader, size_t n)
{
    const unsigned char *bytes = n <= reader->chunk_left ? input_take(&reader->in, n) : NULL;
    if (!bytes) {
        reader->broken = true;
        reader->starved = n <= reader->chunk_left;
        return NULL;
    }
    reader->chunk_left -= n;
    return bytes;
}

bool xdf_reader_length(struct xdf_reader *reader, uint64_t *length)
{
    const unsigned char *size = xdf_reader_take(reader, 1);
    if (!size)
        return false;
    size_t n = *size;
    if (n != 1 && n != 4 && n != 8) {
        reader->broken = true;
        return false;
    }
    const unsigned char *bytes = xdf_reader_take(reader, n);
    if (bytes)
        *length = le_number(bytes, n);
    return bytes != NULL;
}

// The open chunk's rest as XML in reader->xml; NULL there when it is not. 0, -EBADMSG (damage) or -ENOMEM.
static int read_xml(struct xdf_reader *reader)
{
    if (reader->chunk_left > XDF_MAX_XML)
        return -EBADMSG;
    size_t size = (size_t)reader->chunk_left;
    const unsigned char *text = xdf_reader_take(reader, size);
    if (!text)
        return -EBADMSG;
    int rc = xdf_xml_parse(&reader->xml, text, size);
    return rc == -EBADMSG ? 0 : rc;
}

static int read_id(struct xdf_reader *reader, uint32_t *id)
{
    const unsigned char *bytes = xdf_reader_take(reader, 4);
    if (!bytes)
        return -EBADMSG;
    *id = (uint32_t)le_number(bytes, 4);
    return 0;
}

// Passes over what is left of the chunk. A boundary inside it proves that its length was wrong.
static int pass_over(struct xdf_reader *reader)
{
    struct input *in = &reader->in;
    uint64_t n = reader->chunk_left;
    reader->chunk_left = 0;
    if (reader->trust) {
        reader->starved = !input_jump(in, n);
        return reader->starved ? -EBADMSG : 0;
    }
    uint64_t from = input_offset(in);
    if (input_find(in, n, xdf_boundary_uuid, XDF_UUID_BYTES)) {
        in->pos -= XDF_UUID_BYTES; // recovery looks for it again
        return -EBADMSG;
    }
    reader->starved = input_offset(in) - from != n;
    return reader->starved ? -EBADMSG : 0;
}

static int open_stream_header(struct xdf_reader *reader, struct xdf_chunk *chunk)
{
    struct xdf_stream stream = {0};
    int rc = read_id(reader, &stream.id);
    if (rc == 0)
        rc = read_xml(reader);
    if (rc != 0)
        return rc;
    bool usable = reader->xml && stream_understand(&stream, reader->xml) && !stream_find(reader, stream.id) &&
                  reader->n_streams < XDF_MAX_STREAMS;
    if (!usable) {
        reader->damage.n_bad_headers++;
        return 0;
    }
    rc = stream_add(reader, &stream);
    if (rc != 0)
        return rc;
    chunk->stream = stream_find(reader, stream.id);
    reader->saw_stream = true;
    return 1;
}

static int open_samples(struct xdf_reader *reader, struct xdf_chunk *chunk)
{
    uint32_t id;
    int rc = read_id(reader, &id);
    if (rc != 0)
        return rc;
    const struct xdf_stream *stream = stream_find(reader, id);
    if (!stream)
        reader->damage.n_unknown++;
    if (!stream || (reader->only_one && id != reader->only_id))
        return pass_over(reader);
    if (!xdf_reader_length(reader, &chunk->n_samples))
        return -EBADMSG;
    rc = sample_prepare(reader, stream);
    if (rc != 0)
        return rc;
    reader->stream = stream;
    reader->samples_left = chunk->n_samples;
    chunk->stream = stream;
    return 1;
}

static int open_clock_offset(struct xdf_reader *reader, struct xdf_chunk *chunk)
{
    uint32_t id;
    int rc = read_id(reader, &id);
    const unsigned char *bytes = rc == 0 ? xdf_reader_take(reader, 16) : NULL;
    if (!bytes || reader->chunk_left != 0)
        return -EBADMSG;
    chunk->stream = stream_find(reader, id);
    chunk->collection_s = le_double(bytes);
    chunk->offset_s = le_double(bytes + 8);
    return chunk->stream ? 1 : 0;
}

static int open_footer(struct xdf_reader *reader, struct xdf_chunk *chunk)
{
    uint32_t id;
    int rc = read_id(reader, &id);
    if (rc == 0)
        rc = read_xml(reader);
    if (rc != 0)
        return rc;
    chunk->stream = stream_find(reader, id);
    return chunk->stream ? 1 : 0;
}

// 1: for the caller. 0: nothing in it for the caller. -EBADMSG: damaged. Else negative errno.
static int open_content(struct xdf_reader *reader, unsigned tag, struct xdf_chunk *chunk)
{
    int rc;
    switch (tag) {
    case XDF_TAG_FILE_HEADER:
        chunk->kind = XDF_FILE_HEADER;
        rc = read_xml(reader);
        return rc == 0 && reader->xml ? 1 : rc;
    case XDF_TAG_STREAM_HEADER:
        chunk->kind = XDF_STREAM_HEADER;
        return open_stream_header(reader, chunk);
    case XDF_TAG_SAMPLES:
        chunk->kind = XDF_SAMPLES;
        return open_samples(reader, chunk);
    case XDF_TAG_CLOCK_OFFSET:
        chunk->kind = XDF_CLOCK_OFFSET;
        return open_clock_offset(reader, chunk);
    case XDF_TAG_STREAM_FOOTER:
        chunk->kind = XDF_STREAM_FOOTER;
        return open_footer(reader, chunk);
    case XDF_TAG_BOUNDARY: {
        const unsigned char *uuid =
            reader->chunk_left == XDF_UUID_BYTES ? xdf_reader_take(reader, XDF_UUID_BYTES) : NULL;
        return uuid && memcmp(uuid, xdf_boundary_uuid, XDF_UUID_BYTES) == 0 ? 0 : -EBADMSG;
    }
    default:
        reader->damage.n_unknown++;
        return pass_over(reader); // later versions of the format may have more kinds
    }
}

static int open_chunk(struct xdf_reader *reader, struct xdf_chunk *chunk)
{
    reader->chunk_left = BOUNDARY_FAR; // the chunk's own length has not been read
    uint64_t length;
    if (!xdf_reader_length(reader, &length) || length < 2)
        return -EBADMSG;
    reader->chunk_left = length;
    const unsigned char *tag = xdf_reader_take(reader, 2);
    return tag ? open_content(reader, (unsigned)le_number(tag, 2), chunk) : -EBADMSG;
}

// The chunk begun at chunk_start cannot be used: goes on behind the next boundary, or ends.
static void recover(struct xdf_reader *reader)
{
    struct xdf_damage *damage = &reader->damage;
    if (damage->n_gaps++ == 0)
        damage->first_offset = reader->chunk_start;
    if (input_rewind(&reader->in))
        reader->in.pos++; // not this chunk again
    bool found = input_find(&reader->in, BOUNDARY_FAR, xdf_boundary_uuid, XDF_UUID_BYTES);
    damage->bytes_lost += input_offset(&reader->in) - reader->chunk_start;
    reader->ended = !found;
    damage->cut = !found && reader->starved;
    reader->broken = reader->starved = false;
    reader->stream = NULL;
}

// What the caller left of the samples chunk handed out before.
static int leave_samples(struct xdf_reader *reader)
{
    if (!reader->stream)
        return 0;
    if (!reader->broken && reader->samples_left == 0)
        reader->broken = reader->chunk_left != 0;
    int rc = reader->broken ? -EBADMSG : 0;
    if (rc == 0 && reader->chunk_left > 0)
        rc = pass_over(reader);
    reader->stream = NULL;
    return rc;
}

int xdf_reader_next(struct xdf_reader *reader, struct xdf_chunk *chunk)
{
    int rc = leave_samples(reader);
    if (reader->saw_stream)
        reader->in.pinned = false;
    for (;;) {
        xdf_xml_destroy(reader->xml);
        reader->xml = NULL;
        if (reader->in.error)
            return reader->in.error;
        if (rc == -EBADMSG)
            recover(reader);
        if (reader->ended)
            return 0;
        input_mark(&reader->in);
        reader->chunk_start = input_offset(&reader->in);
        reader->broken = false;
        if (!input_need(&reader->in, 1)) {
            reader->ended = true;
            return reader->in.error;
        }
        *chunk = (struct xdf_chunk){0};
        rc = open_chunk(reader, chunk);
        if (rc == 1)
            chunk->xml = reader->xml;
        if (rc != 0 && rc != -EBADMSG)
            return rc;
    }
}

void xdf_reader_only(struct xdf_reader *reader, uint32_t stream_id, bool trust)
{
    reader->only_one = true;
    reader->only_id = stream_id;
    reader->trust = trust;
}

uint64_t xdf_reader_offset(const struct xdf_reader *reader)
{
    return input_offset(&reader->in);
}

const struct xdf_damage *xdf_reader_damage(const struct xdf_reader *reader)
{
    return &reader->damage;
}

int xdf_reader_spool(struct xdf_reader *reader, int fd)
{
    reader->ended = true;
    return input_spool(&reader->in, fd);
}
