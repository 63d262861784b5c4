// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/log_reader.h"

#include "record/log_reader_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct slot {
    bool open;
    uint32_t stream_id;
    struct source_desc desc;
};

struct log_reader {
    int fd;
    struct xdf_reader *xdf; // a Poise log
    struct import *import;  // any other file; NULL for a Poise log
    bool pending;           // chunk holds a chunk that was read while opening
    struct xdf_chunk chunk;
    bool at_end, saw_footer;
    uint32_t events_id;
    struct log_part after, part;
    bool in_head, goes_on;
    unsigned n_unreadable;   // chunks that are no events
    unsigned long long lost; // events that the recorder itself lost
    struct slot slots[MAX_SOURCES];
    struct event_store store;
    char warning[WARNING_BYTES];
};

void add_warning(char *warning, const char *format, ...)
{
    size_t used = strlen(warning);
    if (used > 0 && used + 2 < WARNING_BYTES) {
        memcpy(warning + used, "; ", 3);
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(warning + used, WARNING_BYTES - used, format, args);
    va_end(args);
}

void add_damage_warning(char *warning, const struct xdf_damage *damage)
{
    if (damage->cut && damage->n_gaps == 1)
        add_warning(warning, "cut short: the last %llu bytes are not a whole chunk",
                    (unsigned long long)damage->bytes_lost);
    else if (damage->n_gaps > 0)
        add_warning(warning, "damaged in %u places, first at byte %llu: %llu bytes lost%s", damage->n_gaps,
                    (unsigned long long)damage->first_offset, (unsigned long long)damage->bytes_lost,
                    damage->cut ? ", and cut short" : "");
    if (damage->n_bad_headers > 0)
        add_warning(warning, "%u streams with an unusable header were passed over", damage->n_bad_headers);
    else if (damage->n_unknown > 0)
        add_warning(warning, "%u chunks of no known kind or stream were passed over", damage->n_unknown);
}

const char *log_reader_warning(const struct log_reader *reader)
{
    return reader->warning;
}

bool log_reader_is_poise_log(const struct log_reader *reader)
{
    return reader->import == NULL;
}

const struct log_part *log_reader_part(const struct log_reader *reader)
{
    return &reader->part;
}

bool log_reader_goes_on(const struct log_reader *reader)
{
    return reader->goes_on;
}

uint64_t log_reader_offset(const struct log_reader *reader)
{
    return reader->import ? import_offset(reader->import) : xdf_reader_offset(reader->xdf);
}

void log_reader_close(struct log_reader *reader)
{
    if (!reader)
        return;
    import_close(reader->import);
    xdf_reader_close(reader->xdf);
    if (reader->fd > STDIN_FILENO)
        close(reader->fd);
    free(reader->store.settings);
    free(reader);
}

// Reads up to the first stream header, which tells what kind of file it is. 1 found, 0 none, negative errno.
static int find_first_stream(struct log_reader *reader)
{
    int rc;
    do {
        rc = xdf_reader_next(reader->xdf, &reader->chunk);
    } while (rc == 1 && reader->chunk.kind != XDF_STREAM_HEADER);
    return rc;
}

// An unlinked file with all of the input, which cannot seek. Descriptor or negative errno.
static int spool(struct log_reader *reader)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder && *folder ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int rc = xdf_reader_spool(reader->xdf, fd);
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

static bool is_regular(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static int open_import(struct log_reader *reader, const struct log_reader_options *options, char *text, size_t size)
{
    if (!is_regular(reader->fd)) {
        int fd = spool(reader);
        if (fd < 0) {
            snprintf(text, size, "cannot be copied to a temporary file: %s", strerror(-fd));
            return fd;
        }
        if (reader->fd > STDIN_FILENO)
            close(reader->fd);
        reader->fd = fd;
    }
    xdf_reader_close(reader->xdf);
    reader->xdf = NULL;
    return import_open(&reader->import, reader->fd, options, text, size, reader->warning);
}

static int open_any(struct log_reader *reader, const char *path, const struct log_reader_options *options, char *text,
                    size_t size)
{
    reader->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int rc = reader->fd < 0 ? -errno : xdf_reader_open_fd(&reader->xdf, reader->fd);
    if (rc == 0)
        rc = find_first_stream(reader);
    if (rc == 0) // nothing but damage, or nothing at all
        rc = xdf_reader_damage(reader->xdf)->n_gaps > 0 ? -EBADMSG : -ENODATA;
    if (rc < 0) {
        const char *why = rc == -EBADMSG ? "not an XDF recording" : rc == -ENODATA ? "no streams in it" : strerror(-rc);
        snprintf(text, size, "%s", why);
        return rc;
    }
    const struct xdf_stream *stream = reader->chunk.stream;
    reader->pending = true;
    reader->events_id = stream->id;
    if (strcmp(stream->name, EVENTS_STREAM) == 0 && stream->format == XDF_STRING && stream->n_channels == 1)
        return 0;
    return open_import(reader, options, text, size);
}

int log_reader_open(struct log_reader **out, const char *path, const struct log_reader_options *options, char *error,
                    size_t error_size)
{
    *out = NULL;
    struct log_reader *reader = calloc(1, sizeof *reader);
    char text[1024] = "out of memory";
    int rc = -ENOMEM;
    if (reader && options)
        reader->after = options->after;
    if (reader)
        rc = open_any(reader, path, options, text, sizeof text);
    if (rc != 0) {
        snprintf(error, error_size, "%s: %s", strcmp(path, "-") == 0 ? "standard input" : path, text);
        log_reader_close(reader);
        return rc;
    }
    *out = reader;
    return 0;
}

static int slot_of_stream(const struct log_reader *reader, uint32_t stream_id)
{
    for (int i = 0; i < MAX_SOURCES; i++)
        if (reader->slots[i].open && reader->slots[i].stream_id == stream_id)
            return i;
    return -1;
}

static void give_source(struct log_reader *reader, struct log_event *event, uint16_t slot)
{
    reader->store.desc = reader->slots[slot].desc;
    *event = (struct log_event){.kind = LOG_SOURCE, .source = slot, .desc = &reader->store.desc};
}

// Each read_… returns 1 with *event filled, 0 when the chunk holds no event, or negative errno.
static int read_source(struct log_reader *reader, struct log_event *event)
{
    uint16_t slot;
    struct source_desc desc;
    const struct xdf_stream *stream = reader->chunk.stream;
    if (!source_understand(stream, xdf_xml_root(reader->chunk.xml), &slot, &desc))
        return 0; // a stream of another kind: markers, metrics
    reader->slots[slot] = (struct slot){true, stream->id, desc};
    give_source(reader, event, slot);
    return reader->goes_on && reader->in_head ? 0 : 1;
}

static bool take_sample(struct raw_block *block, unsigned i, unsigned mask, const struct xdf_sample *sample)
{
    if (!sample->has_stamp || !stamp_usable(sample->stamp_s))
        return false;
    block->stamp_ns[i] = stamp_from_seconds(sample->stamp_s);
    size_t next = 0;
    for (size_t c = 0; c < N_CHANNELS; c++)
        block->value[i][c] = mask >> c & 1U ? sample->value[next++] : 0;
    return true;
}

// The samples of a chunk that is as the recorder writes it, at once. False: it is not.
static bool take_rows(struct log_reader *reader, struct raw_block *block, unsigned mask, bool *sound)
{
    double stamp_s[RAW_BLOCK_MAX];
    if (!xdf_reader_rows(reader->xdf, block->n, N_CHANNELS, stamp_s, block->value[0]))
        return false;
    unsigned n_given = reader->chunk.stream->n_channels;
    for (unsigned i = 0; i < block->n; i++) {
        *sound = *sound && stamp_usable(stamp_s[i]);
        block->stamp_ns[i] = *sound ? stamp_from_seconds(stamp_s[i]) : 0;
    }
    for (unsigned i = 0; n_given < N_CHANNELS && i < block->n; i++) // to their places, the last first
        for (unsigned c = N_CHANNELS, next = n_given; c-- > 0;)
            block->value[i][c] = mask >> c & 1U ? block->value[i][--next] : 0;
    return true;
}

static int read_block(struct log_reader *reader, struct log_event *event)
{
    int slot = slot_of_stream(reader, reader->chunk.stream->id);
    uint64_t n = reader->chunk.n_samples;
    if (slot < 0)
        return 0;
    bool sound = n > 0 && n <= RAW_BLOCK_MAX;
    struct raw_block *block = &reader->store.block;
    block->source = (uint16_t)slot;
    block->n = (uint16_t)n;
    block->arrival_ns = 0;
    unsigned mask = reader->slots[slot].desc.channel_mask;
    struct xdf_sample sample;
    bool at_once = sound && take_rows(reader, block, mask, &sound);
    for (unsigned i = 0; !at_once && sound && i < n; i++)
        sound = xdf_reader_sample(reader->xdf, &sample) == 1 && take_sample(block, i, mask, &sample);
    if (!sound || xdf_reader_sample(reader->xdf, &sample) != 0) {
        reader->n_unreadable++;
        return 0;
    }
    *event = (struct log_event){.kind = LOG_BLOCK, .source = (uint16_t)slot, .block = block};
    return 1;
}

static void take_part(struct log_reader *reader, const struct log_part *part)
{
    reader->part = *part;
    reader->in_head = part->has_head;
    reader->goes_on = part->number > 1 && part->number == reader->after.number + 1 &&
                      strcmp(part->recording, reader->after.recording) == 0;
}

static int read_line(struct log_reader *reader, struct log_event *event)
{
    struct xdf_sample sample;
    struct line line;
    int rc = xdf_reader_sample(reader->xdf, &sample);
    rc = rc == 1 ? event_line_parse(sample.text[0], &line, event, &reader->store) : -EBADMSG;
    if (rc == 0 && xdf_reader_sample(reader->xdf, &sample) != 0)
        rc = -EBADMSG;
    if (rc == 0 && line.kind == LINE_SOURCE_AGAIN && !reader->slots[line.slot].open)
        rc = -EBADMSG;
    if (rc == -EBADMSG) {
        reader->n_unreadable++;
        return 0;
    }
    if (rc != 0)
        return rc;
    switch (line.kind) {
    case LINE_PART:
        take_part(reader, &line.part);
        return 0;
    case LINE_HEAD:
        reader->in_head = false;
        return 0;
    case LINE_HOLE:
        reader->lost += line.lost;
        return 0;
    case LINE_SOURCE_AGAIN:
        give_source(reader, event, line.slot);
        break;
    case LINE_EVENT:
        break;
    }
    return reader->goes_on && reader->in_head ? 0 : 1;
}

static int read_chunk(struct log_reader *reader, struct log_event *event)
{
    const struct xdf_chunk *chunk = &reader->chunk;
    if (chunk->kind == XDF_STREAM_HEADER)
        return read_source(reader, event);
    if (chunk->kind == XDF_STREAM_FOOTER)
        reader->saw_footer = true;
    if (chunk->kind != XDF_SAMPLES)
        return 0;
    return chunk->stream->id == reader->events_id ? read_line(reader, event) : read_block(reader, event);
}

static void say_what_was_lost(struct log_reader *reader)
{
    const struct xdf_damage *damage = xdf_reader_damage(reader->xdf);
    add_damage_warning(reader->warning, damage);
    if (damage->n_gaps == 0 && !reader->saw_footer)
        add_warning(reader->warning, "ends without footers: it was not closed, events after the last may be missing");
    if (damage->n_gaps == 0 && reader->n_unreadable > 0)
        add_warning(reader->warning, "%u chunks are no events of a Poise log", reader->n_unreadable);
    if (reader->lost > 0)
        add_warning(reader->warning, "the recorder lost %llu events: a replay differs from the live run", reader->lost);
}

int log_reader_next(struct log_reader *reader, struct log_event *event)
{
    if (reader->import)
        return import_next(reader->import, event);
    while (!reader->at_end) {
        int rc = reader->pending ? 1 : xdf_reader_next(reader->xdf, &reader->chunk);
        reader->pending = false;
        if (rc == 1)
            rc = read_chunk(reader, event);
        else if (rc == 0)
            reader->at_end = true;
        if (rc != 0)
            return rc;
    }
    if (reader->warning[0] == '\0')
        say_what_was_lost(reader);
    return 0;
}
