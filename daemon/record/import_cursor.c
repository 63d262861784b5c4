// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/clock.h"
#include "record/import_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WILD_NS (10 * NS_PER_S)

int cursor_open(struct cursor *cursor, int fd, const struct import_stream *stream, bool sound)
{
    memset(cursor, 0, sizeof *cursor);
    cursor->stream = stream;
    int rc = xdf_reader_open_fd(&cursor->xdf, fd);
    if (rc == 0)
        xdf_reader_only(cursor->xdf, stream->id, sound);
    return rc;
}

void cursor_close(struct cursor *cursor)
{
    xdf_reader_close(cursor->xdf);
    cursor->xdf = NULL;
}

// The stamp of a sample, or where the nominal rate puts it.
static double place(struct cursor *cursor, const struct xdf_sample *sample)
{
    double stamp_s;
    if (sample->has_stamp && stamp_usable(sample->stamp_s))
        stamp_s = sample->stamp_s;
    else
        stamp_s = cursor->has_previous ? cursor->previous_s + cursor->stream->period_s : cursor->stream->first_s;
    cursor->previous_s = stamp_s;
    cursor->has_previous = true;
    const struct clock_line *clock = &cursor->stream->clock;
    double corrected = stamp_s + clock->offset + clock->slope * (stamp_s - clock->origin);
    return stamp_usable(corrected) ? corrected : stamp_s;
}

static void keep(struct cursor *cursor, const struct xdf_sample *sample)
{
    struct import_sample *kept = &cursor->sample[cursor->head + cursor->n++];
    kept->stamp_ns = stamp_from_seconds(place(cursor, sample));
    unsigned mask = cursor->stream->desc.channel_mask;
    for (unsigned c = 0; c < N_CHANNELS; c++)
        kept->value[c] = mask >> c & 1U ? sample->value[cursor->stream->column[c]] : 0;
}

// 1: one more sample is kept. 0: end of the stream. Negative errno.
static int read_sample(struct cursor *cursor)
{
    for (;;) {
        struct xdf_sample sample;
        if (cursor->in_chunk && xdf_reader_sample(cursor->xdf, &sample) == 1) {
            keep(cursor, &sample);
            return 1;
        }
        cursor->in_chunk = false;
        struct xdf_chunk chunk;
        int rc = xdf_reader_next(cursor->xdf, &chunk);
        if (rc != 1)
            return rc;
        cursor->in_chunk = chunk.kind == XDF_SAMPLES; // of this stream: the reader gives no other
    }
}

static bool near(int64_t a_ns, int64_t b_ns)
{
    return a_ns - b_ns <= WILD_NS && b_ns - a_ns <= WILD_NS;
}

static void give_keys(struct cursor *cursor)
{
    while (cursor->n_keyed < cursor->n && (cursor->n_keyed + 1 < cursor->n || cursor->at_end)) {
        struct import_sample *sample = &cursor->sample[cursor->head + cursor->n_keyed];
        bool has_next = cursor->n_keyed + 1 < cursor->n;
        // One stamp far away, and the next one back where it was: an error of that stamp, not a jump of the clock.
        bool wild = cursor->has_key && !near(sample->stamp_ns, cursor->last_key_ns) && has_next &&
                    near(sample[1].stamp_ns, cursor->last_key_ns);
        sample->key_ns = wild ? cursor->last_key_ns : sample->stamp_ns;
        cursor->last_key_ns = sample->key_ns;
        cursor->has_key = true;
        cursor->n_keyed++;
    }
}

int cursor_fill(struct cursor *cursor)
{
    if (cursor->n_keyed >= RAW_BLOCK_MAX || cursor->at_end)
        return 0;
    memmove(cursor->sample, cursor->sample + cursor->head, (size_t)cursor->n * sizeof cursor->sample[0]);
    cursor->head = 0;
    while (cursor->n < CURSOR_SAMPLES) {
        int rc = read_sample(cursor);
        if (rc < 0)
            return rc;
        if (rc == 0) {
            cursor->at_end = true;
            break;
        }
    }
    give_keys(cursor);
    return 0;
}

void cursor_drop(struct cursor *cursor, int n)
{
    cursor->head += n;
    cursor->n -= n;
    cursor->n_keyed -= n;
}
