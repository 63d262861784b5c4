// SPDX-License-Identifier: GPL-3.0-or-later
#include "feed.h"

#include "record/log_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct feed_half *half)
{
    long capacity = half->capacity > 0 ? half->capacity * 2 : 4096;
    int64_t *stamp = realloc(half->stamp_ns, (size_t)capacity * sizeof *stamp);
    if (stamp)
        half->stamp_ns = stamp;
    void *value = realloc(half->value, (size_t)capacity * sizeof *half->value);
    if (value)
        half->value = value;
    if (!stamp || !value)
        return -ENOMEM;
    half->capacity = capacity;
    return 0;
}

static int take_block(struct feed_half *half, const struct raw_block *block)
{
    for (int i = 0; i < block->n; i++) {
        if (half->n == half->capacity && grow(half) != 0)
            return -ENOMEM;
        for (int c = 0; c < N_CHANNELS; c++) {
            double si = (block->value[i][c] + half->desc.offset[c]) * half->desc.scale[c];
            half->value[half->n][c] = half->desc.channel_mask & 1U << c ? (float)si : 0;
        }
        half->stamp_ns[half->n++] = block->stamp_ns[i];
    }
    return 0;
}

static int take_all(struct feed *feed, struct log_reader *reader)
{
    struct log_event event;
    int rc;
    while ((rc = log_reader_next(reader, &event)) == 1) {
        if (event.kind == LOG_SOURCE && event.source < MAX_SOURCES)
            feed->halves[event.source].desc = *event.desc;
        else if (event.kind == LOG_BLOCK && event.block->source < MAX_SOURCES)
            rc = take_block(&feed->halves[event.block->source], event.block);
        if (rc < 0)
            break;
    }
    return rc;
}

static void find_ends(struct feed *feed)
{
    feed->from_ns = INT64_MAX;
    feed->to_ns = INT64_MIN;
    for (int i = 0; i < MAX_SOURCES; i++) {
        const struct feed_half *half = &feed->halves[i];
        if (half->n > 0 && half->stamp_ns[0] < feed->from_ns)
            feed->from_ns = half->stamp_ns[0];
        if (half->n > 0 && half->stamp_ns[half->n - 1] > feed->to_ns)
            feed->to_ns = half->stamp_ns[half->n - 1];
    }
}

int feed_load(struct feed *feed, const char *path)
{
    char error[256] = "";
    struct log_reader *reader;
    memset(feed, 0, sizeof *feed);
    int rc = log_reader_open(&reader, path, NULL, error, sizeof error);
    if (rc != 0) {
        fprintf(stderr, "imu_player: %s\n", error);
        return rc;
    }
    rc = take_all(feed, reader);
    log_reader_close(reader);
    find_ends(feed);
    if (rc == 0 && feed->to_ns <= feed->from_ns)
        rc = -ENODATA;
    if (rc != 0) {
        fprintf(stderr, "imu_player: %s: %s\n", path, strerror(-rc));
        feed_finish(feed);
    }
    return rc;
}

void feed_finish(struct feed *feed)
{
    for (int i = 0; i < MAX_SOURCES; i++) {
        free(feed->halves[i].stamp_ns);
        free(feed->halves[i].value);
    }
    memset(feed, 0, sizeof *feed);
}

bool feed_has(const struct feed *feed, int site)
{
    for (int i = 0; i < MAX_SOURCES; i++)
        if (feed->halves[i].n > 0 && feed->halves[i].desc.site == site)
            return true;
    return false;
}

static void half_value(struct feed_half *half, int64_t at_ns, double value[N_CHANNELS])
{
    if (half->at > 0 && half->stamp_ns[half->at] > at_ns)
        half->at = 0;
    while (half->at + 1 < half->n && half->stamp_ns[half->at + 1] <= at_ns)
        half->at++;
    long next = half->at + 1 < half->n ? half->at + 1 : half->at;
    double part = 0;
    if (next > half->at && at_ns > half->stamp_ns[half->at])
        part = (double)(at_ns - half->stamp_ns[half->at]) / (double)(half->stamp_ns[next] - half->stamp_ns[half->at]);
    for (int c = 0; c < N_CHANNELS; c++)
        if (half->desc.channel_mask & 1U << c)
            value[c] = half->value[half->at][c] + part * (half->value[next][c] - half->value[half->at][c]);
}

void feed_value(struct feed *feed, int site, int64_t at_ns, double value[N_CHANNELS])
{
    memset(value, 0, N_CHANNELS * sizeof *value);
    for (int i = 0; i < MAX_SOURCES; i++)
        if (feed->halves[i].n > 0 && feed->halves[i].desc.site == site)
            half_value(&feed->halves[i], at_ns, value);
}
