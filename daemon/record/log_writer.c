// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/log_writer.h"

#include "core/utf8.h"
#include "record/log_format.h"
#include "xdf/xdf_writer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WAITING 256

// An event that came before any stamp: a line, with what goes to the markers beside it, or a source when line is NULL.
struct waiting {
    char *line, *marker;
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
    uint32_t markers_id, metrics_id; // 0 until there is something for them
    bool in_head;                    // what is repeated here is no new marker
    bool has_stamp;
    double stamp_s; // of the newest tick or block
    struct waiting waiting[MAX_WAITING];
    int n_waiting;
};

// A stream of texts without a rate.
static int write_text_header(struct log_writer *writer, uint32_t id, const char *name, const char *type)
{
    struct xdf_stream stream = {.id = id, .format = XDF_STRING, .n_channels = 1};
    snprintf(stream.name, sizeof stream.name, "%s", name);
    snprintf(stream.type, sizeof stream.type, "%s", type);
    struct xdf_xml *header = xdf_stream_header(&stream);
    struct xdf_node *desc = xdf_node_add(xdf_xml_root(header), "desc", NULL);
    xdf_node_add(desc, "clock", "CLOCK_MONOTONIC");
    xdf_node_add(desc, "writer", "poise " POISE_VERSION);
    int rc = xdf_writer_stream(writer->xdf, &stream, header);
    xdf_xml_destroy(header);
    return rc;
}

static int begin(struct log_writer **out, struct log_writer *writer, int opened)
{
    int rc = opened;
    if (rc == 0)
        rc = write_text_header(writer, EVENTS_STREAM_ID, EVENTS_STREAM, "Events");
    if (rc != 0) {
        log_writer_close(writer);
        return rc;
    }
    writer->next_id = EVENTS_STREAM_ID + 1;
    *out = writer;
    return 0;
}

int log_writer_open(struct log_writer **out, const char *path)
{
    *out = NULL;
    struct log_writer *writer = calloc(1, sizeof *writer);
    return writer ? begin(out, writer, xdf_writer_open(&writer->xdf, path)) : -ENOMEM;
}

int log_writer_open_fd(struct log_writer **out, int fd)
{
    *out = NULL;
    struct log_writer *writer = calloc(1, sizeof *writer);
    if (writer)
        return begin(out, writer, xdf_writer_open_fd(&writer->xdf, fd));
    close(fd);
    return -ENOMEM;
}

// Streams that few files need get their header with their first text.
static int write_text(struct log_writer *writer, uint32_t *id, const char *name, const char *type, double stamp_s,
                      const char *text)
{
    int rc = *id == 0 ? write_text_header(writer, writer->next_id, name, type) : 0;
    if (rc == 0 && *id == 0)
        *id = writer->next_id++;
    return rc == 0 ? xdf_writer_text(writer->xdf, *id, stamp_s, text) : rc;
}

static int write_line(struct log_writer *writer, const char *line, const char *marker)
{
    int rc = xdf_writer_text(writer->xdf, EVENTS_STREAM_ID, writer->stamp_s, line);
    if (rc == 0 && marker)
        rc = write_text(writer, &writer->markers_id, MARKERS_STREAM, "Markers", writer->stamp_s, marker);
    return rc;
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
            rc = event->line ? write_line(writer, event->line, event->marker)
                             : write_source(writer, event->slot, event->desc);
        free(event->line);
        free(event->marker);
        free(event->desc);
    }
    writer->n_waiting = 0;
    return rc;
}

static int wait_for_stamp(struct log_writer *writer, struct waiting event)
{
    writer->waiting[writer->n_waiting++] = event;
    // A harness that never delivers must not fill the memory: then the log begins at 0.
    return writer->n_waiting == MAX_WAITING ? set_stamp(writer, 0) : 0;
}

// Takes line and marker, which may be NULL.
static int put_marked_line(struct log_writer *writer, char *line, char *marker)
{
    if (line && !writer->has_stamp)
        return wait_for_stamp(writer, (struct waiting){.line = line, .marker = marker});
    int rc = line ? write_line(writer, line, marker) : -ENOMEM;
    free(line);
    free(marker);
    return rc;
}

static int put_line(struct log_writer *writer, char *line)
{
    return put_marked_line(writer, line, NULL);
}

// The text of a mark, or what befell a session; always UTF-8. To be freed.
static char *marker_of(const struct command *command)
{
    char text[COMMAND_TEXT + SESSION_ID + 32] = "session stop";
    if (command->kind == COMMAND_MARK)
        snprintf(text, sizeof text, "%s", command->text);
    else if (command->session[0] != '\0')
        snprintf(text, sizeof text, "session start %s%s%s", command->session, command->text[0] ? " " : "",
                 command->text);
    for (char *c = text; *c != '\0';) {
        size_t n = utf8_length(c);
        if (n == 0)
            *c = '?';
        c += n > 0 ? n : 1;
    }
    return strdup(text);
}

static int put_command(struct log_writer *writer, const struct log_event *event)
{
    enum command_kind kind = event->command->kind;
    char *marker = NULL;
    if ((kind == COMMAND_MARK || kind == COMMAND_SESSION) && !writer->in_head && !(marker = marker_of(event->command)))
        return -ENOMEM;
    return put_marked_line(writer, event_line_format(event), marker);
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
    if (!writer->has_stamp) {
        struct source_desc *copy = malloc(sizeof *copy);
        if (!copy)
            return -ENOMEM;
        *copy = *event->desc;
        return wait_for_stamp(writer, (struct waiting){.desc = copy, .slot = event->source});
    }
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
    case LOG_HISTORY:
        return put_line(writer, event_line_format(event));
    case LOG_COMMAND:
        return put_command(writer, event);
    }
    return -EINVAL;
}

int log_writer_put_part(struct log_writer *writer, const struct log_part *part)
{
    writer->in_head = part->has_head;
    return put_line(writer, event_line_format_part(part));
}

int log_writer_put_head(struct log_writer *writer)
{
    writer->in_head = false;
    return put_line(writer, event_line_format_head());
}

int log_writer_put_metric(struct log_writer *writer, int64_t t_ns, const char *text)
{
    return write_text(writer, &writer->metrics_id, METRICS_STREAM, "Metrics", (double)t_ns / 1e9, text);
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

int log_writer_sync(struct log_writer *writer)
{
    return xdf_writer_sync(writer->xdf);
}

bool log_writer_is_removed(const struct log_writer *writer)
{
    return xdf_writer_is_removed(writer->xdf);
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
