// SPDX-License-Identifier: GPL-3.0-or-later
// grid_dump RECORDING FIRST LAST: the frames of a recording from FIRST to LAST after align and orient, as the lines
// that the example readers print, without their age. With the default settings.
#include "config.h"
#include "record/log_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct range {
    int64_t first, last;
};

static unsigned bits_of(const struct frame_block *block, int s, int k)
{
    unsigned valid = block->site[s].valid[k];
    return (valid & FRAME_ACC ? 1U : 0) | (valid & FRAME_GYRO ? 2U : 0) | (valid & FRAME_ACC_CLIPPED ? 4U : 0) |
           (valid & FRAME_GYRO_CLIPPED ? 8U : 0) | (valid & FRAME_BRIDGED ? 16U : 0) |
           (block->axes_missing & SITE_BIT(s) ? 32U : 0);
}

static void print_vector(const float v[3], bool valid)
{
    for (int i = 0; i < 3; i++)
        printf(",%.9g", valid ? (double)v[i] : (double)NAN);
}

static void print_block(const struct frame_block *block, const struct range *range)
{
    for (int k = 0; k < FRAME_BLOCK_LEN; k++) {
        int64_t index = block->first_index + k;
        if (index < range->first || index > range->last)
            continue;
        for (int s = 0; s < N_SITES; s++) {
            if (!(block->worn & SITE_BIT(s)))
                continue;
            const struct site_frames *site = &block->site[s];
            printf("%" PRId64 ",%.3f,%s,%u", index, (double)(index * FRAME_PERIOD_NS) / 1e9, site_names[s],
                   bits_of(block, s, k));
            print_vector(site->acc[k], site->valid[k] & FRAME_ACC);
            print_vector(site->gyro[k], site->valid[k] & FRAME_GYRO);
            putchar('\n');
        }
    }
}

static void push(struct align *align, const struct log_event *event)
{
    if (event->kind == LOG_SOURCE)
        align_set_source(align, event->source, event->desc);
    else if (event->kind == LOG_BLOCK)
        align_push_block(align, event->block);
    else if (event->kind == LOG_TICK)
        align_push_tick(align, event->tick.mono_ns);
    else if (event->kind == LOG_DEVICE)
        align_push_device(align, event->device);
}

static void pull(struct align *align, struct orient *orient, const struct range *range)
{
    static struct frame_block block;
    while (align_pull(align, &block)) {
        orient_step(orient, &block);
        print_block(&block, range);
    }
}

int main(int argc, char **argv)
{
    static struct config config;
    struct log_reader *reader;
    struct log_event event;
    struct align *align;
    struct orient *orient;
    char error[512];
    if (argc != 4)
        return 64;
    const struct range range = {strtoll(argv[2], NULL, 10), strtoll(argv[3], NULL, 10)};
    config_defaults(&config);
    if (log_reader_open(&reader, argv[1], NULL, error, sizeof error) != 0) {
        fprintf(stderr, "%s\n", error);
        return 66;
    }
    if (align_create(&align, &config.align) != 0 || orient_create(&orient, &config.orient) != 0)
        return 1;
    while (log_reader_next(reader, &event) > 0) {
        push(align, &event);
        pull(align, orient, &range);
    }
    align_finish(align);
    pull(align, orient, &range);
    orient_destroy(orient);
    align_destroy(align);
    log_reader_close(reader);
    return 0;
}
