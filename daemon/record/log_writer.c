// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/log_writer.h"

#include "record/log_format.h"
#include "xdf/xdf_writer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WAITING 256

// An event that came before any stamp: a line, or a source when line is NULL.
struct waiting {
    char *line;
    struct source_desc *desc;
    uint16_t slot;
};

struct slot {
    bool open;
    uint32_t stream_id;
    struct source_desc desc; // the newest put, written or waiting
};

struct log_writer {
    struct xdf_writer *xdf;
    struct slot slots[MAX_SOURCES];
    uint32_t next_id;
    bool has_stamp;
    double stamp_s; // of the newest tick or block
    struct waiting waiting[MAX_WAITING];
    int n_waiting;
};

static int write_events_header(struct log_writer *writer)
{
    struct xdf_stream stream = {
        .id = EVENTS_STREAM_ID, .format = XDF_STRING, .n_channels = 1, .name = EVENTS_STREAM, .type = "Events"};
    struct xdf_xml *header = xdf_stream_header(&stream);
    struct xdf_node *desc = xdf_node_add(xdf_xml_root(header), "desc", NULL);
    xdf_node_add(desc, "clock", "CLOCK_MONOTONIC");
    xdf_node_add(desc, "writer", "poise " POISE_VERSION);
    int rc = xdf_writer_stream(writer->xdf, &stream, header);
    xdf_xml_destroy(header);
    return rc;
}

int log_writer_open(struct log_writer **out, const char *path)
{
    *out = NULL;
    struct log_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return -ENOMEM;
    int rc = xdf_writer_open(&writer->xdf, path);
    if (rc == 0)
        rc = write_events_header(writer);
    if (rc != 0) {
        log_writer_close(writer);
        return rc;
    }
    writer->next_id = EVENTS_STREAM_ID + 1;
    *out = writer;
    return 0;
}

static int write_line(struct log_writer *writer, const char *line)
{
    return xdf_writer_text(writer->xdf, EVENTS_STREAM_ID, writer->stamp_s, line);
}

static int write_source(struct log_writer *writer, uint16_t slot, const struct source_desc *desc)
{
    struct xdf_stream stream;
    int rc = source_stream(&stream, writer->next_id, desc);
    if (rc != 0)
        return rc;
    struct xdf_xml *header = xdf_stream_header(&stream);
    source_describe(xdf_xml_root(header), slot, desc);
    rc = xdf_writer_stream(writer->xdf, &stream, header);
    xdf_xml_destroy(header);
    if (rc == 0)
        writer->slots[slot].stream_id = writer->next_id++;
    return rc;
}

// From now on there is a stamp: what waited goes first.
static int set_stamp(struct log_writer *writer, int64_t stamp_ns)
{
    writer->stamp_s = (double)stamp_ns / 1e9;
    writer->has_stamp = true;
    int rc = 0;
    for (int i = 0; i < writer->n_waiting; i++) {
        struct waiting *event = &writer->waiting[i];
        if (rc == 0)
            rc = event->line ? write_line(writer, event->line) : write_source(writer, event->slot, event->desc);
        free(event->line);
        free(event->desc);
    }
    writer->n_waiting = 0;
    return rc;
}

static int wait_for_stamp(struct log_writer *writer, char *line, uint16_t slot, const struct source_desc *desc)
{
    struct source_desc *copy = desc ? malloc(sizeof *copy) : NULL;
    if (desc && !copy)
        return -ENOMEM;
    if (copy)
        *copy = *desc;
    writer->waiting[writer->n_waiting++] = (struct waiting){line, copy, slot};
    // A harness that never delivers must not fill the memory: then the log begins at 0.
    return writer->n_waiting == MAX_WAITING ? set_stamp(writer, 0) : 0;
}

// Takes the line.
static int put_line(struct log_writer *writer, char *line)
{
    if (!line)
        return -ENOMEM;
    if (!writer->has_stamp)
        return wait_for_stamp(writer, line, 0, NULL);
    int rc = write_line(writer, line);
    free(line);
    return rc;
}

static int put_source(struct log_writer *writer, const struct log_event *event)
{
    struct xdf_stream probe;
    if (event->source >= MAX_SOURCES || source_stream(&probe, 0, event->desc) != 0)
        return -EINVAL;
    struct slot *slot = &writer->slots[event->source];
    if (slot->open && source_same(&slot->desc, event->desc))
        return put_line(writer, event_line_format(event)); // the same again needs no other stream
    slot->open = true;
    slot->desc = *event->desc;
    if (!writer->has_stamp)
        return wait_for_stamp(writer, NULL, event->source, event->desc);
    return write_source(writer, event->source, event->desc);
}

static int put_block(struct log_writer *writer, const struct raw_block *block)
{
    if (block->source >= MAX_SOURCES || !writer->slots[block->source].open || block->n == 0 || block->n > RAW_BLOCK_MAX)
        return -EINVAL;
    double stamp_s[RAW_BLOCK_MAX];
    double value[RAW_BLOCK_MAX * N_CHANNELS];
    size_t n_values = 0;
    unsigned mask = writer->slots[block->source].desc.channel_mask;
    for (size_t i = 0; i < block->n; i++) {
        stamp_s[i] = (double)block->stamp_ns[i] / 1e9;
        for (size_t c = 0; c < N_CHANNELS; c++)
            if (mask >> c & 1U)
                value[n_values++] = block->value[i][c];
    }
    int rc = set_stamp(writer, block->stamp_ns[0]);
    if (rc != 0)
        return rc;
    return xdf_writer_samples(writer->xdf, writer->slots[block->source].stream_id, block->n, stamp_s, value);
}

int log_writer_put(struct log_writer *writer, const struct log_event *event)
{
    switch (event->kind) {
    case LOG_SOURCE:
        return put_source(writer, event);
    case LOG_BLOCK:
        return put_block(writer, event->block);
    case LOG_TICK: {
        int rc = set_stamp(writer, event->tick.mono_ns);
        return rc != 0 ? rc : put_line(writer, event_line_format(event));
    }
    case LOG_SETTINGS:
    case LOG_DEVICE:
    case LOG_CALIBRATION:
    case LOG_COMMAND:
        return put_line(writer, event_line_format(event));
    }
    return -EINVAL;
}

int log_writer_put_hole(struct log_writer *writer, unsigned long long n_lost)
{
    return put_line(writer, event_line_format_hole(n_lost));
}

unsigned long long log_writer_bytes(const struct log_writer *writer)
{
    return xdf_writer_bytes(writer->xdf);
}

int log_writer_flush(struct log_writer *writer)
{
    return xdf_writer_flush(writer->xdf);
}

int log_writer_close(struct log_writer *writer)
{
    if (!writer)
        return 0;
    int rc = writer->n_waiting > 0 ? set_stamp(writer, 0) : 0;
    int closed = xdf_writer_close(writer->xdf);
    free(writer);
    return rc != 0 ? rc : closed;
}
