// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/clock.h"
#include "record/import_private.h"
#include "record/tick_maker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_NS (NS_PER_S / 100)

static const char settings_text[] = "version: 1\nrig: import\n";

struct import {
    struct survey survey;
    struct cursor cursors[MAX_SOURCES];
    int next_source; // of LOG_SOURCE; -1: the settings come first
    struct tick_maker ticks;
    bool last_tick_given;
    struct raw_block block;
};

void import_close(struct import *import)
{
    if (!import)
        return;
    for (int i = 0; i < MAX_SOURCES; i++)
        cursor_close(&import->cursors[i]);
    free(import);
}

uint64_t import_offset(const struct import *import)
{
    uint64_t furthest = 0;
    for (int i = 0; i < import->survey.n_streams; i++) {
        uint64_t offset = xdf_reader_offset(import->cursors[i].xdf);
        furthest = offset > furthest ? offset : furthest;
    }
    return furthest;
}

int import_open(struct import **out, int fd, const struct log_reader_options *options, char *error, size_t error_size,
                char *warning)
{
    *out = NULL;
    struct import *import = calloc(1, sizeof *import);
    if (!import)
        return -ENOMEM;
    import->next_source = -1;
    int rc = import_survey(&import->survey, fd, options, error, error_size, warning);
    for (int i = 0; rc == 0 && i < import->survey.n_streams; i++)
        rc = cursor_open(&import->cursors[i], fd, &import->survey.streams[i], import->survey.sound);
    if (rc != 0) {
        import_close(import);
        return rc;
    }
    *out = import;
    return 0;
}

// The cursor whose next sample is the earliest, NULL at the end of all.
static int earliest(struct import *import, struct cursor **out)
{
    *out = NULL;
    for (int i = 0; i < import->survey.n_streams; i++) {
        struct cursor *cursor = &import->cursors[i];
        int rc = cursor_fill(cursor);
        if (rc != 0)
            return rc;
        if (cursor->n > 0 && (!*out || cursor->sample[cursor->head].key_ns < (*out)->sample[(*out)->head].key_ns))
            *out = cursor;
    }
    return 0;
}

static int give_tick(const struct import *import, int64_t tick_ns, struct log_event *event)
{
    int64_t utc_ns = import->survey.utc_ns;
    if (utc_ns != UTC_UNKNOWN_NS && __builtin_add_overflow(utc_ns, tick_ns - import->ticks.first_ns, &utc_ns))
        utc_ns = UTC_UNKNOWN_NS;
    *event = (struct log_event){.kind = LOG_TICK, .tick = {tick_ns, utc_ns}};
    return 1;
}

static int give_block(struct import *import, struct cursor *cursor, struct log_event *event)
{
    struct raw_block *block = &import->block;
    const struct import_sample *sample = &cursor->sample[cursor->head];
    int64_t from_ns = sample->key_ns;
    int n = 0;
    while (n < RAW_BLOCK_MAX && n < cursor->n_keyed && sample[n].key_ns - from_ns < BLOCK_NS &&
           from_ns - sample[n].key_ns < BLOCK_NS) {
        block->stamp_ns[n] = sample[n].stamp_ns;
        memcpy(block->value[n], sample[n].value, sizeof block->value[n]);
        n++;
    }
    uint16_t slot = (uint16_t)(cursor - import->cursors);
    block->source = slot;
    block->n = (uint16_t)n;
    block->arrival_ns = 0;
    cursor_drop(cursor, n);
    *event = (struct log_event){.kind = LOG_BLOCK, .source = slot, .block = block};
    return 1;
}

static int give_opening(struct import *import, struct log_event *event)
{
    int i = import->next_source++;
    if (i < 0)
        *event = (struct log_event){.kind = LOG_SETTINGS, .settings = settings_text};
    else
        *event = (struct log_event){.kind = LOG_SOURCE, .source = (uint16_t)i, .desc = &import->survey.streams[i].desc};
    return 1;
}

int import_next(struct import *import, struct log_event *event)
{
    if (import->next_source < import->survey.n_streams)
        return give_opening(import, event);
    struct cursor *cursor;
    int rc = earliest(import, &cursor);
    if (rc != 0)
        return rc;
    int64_t tick_ns;
    if (cursor && tick_maker_due(&import->ticks, cursor->sample[cursor->head].key_ns, &tick_ns))
        return give_tick(import, tick_ns, event);
    if (cursor)
        return give_block(import, cursor, event);
    if (!import->ticks.begun || import->last_tick_given)
        return 0;
    import->last_tick_given = true;
    return give_tick(import, tick_maker_last(&import->ticks), event);
}
