// SPDX-License-Identifier: GPL-3.0-or-later
#include "known_log.h"

#include "frames/site.h"
#include "record/log_writer.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 10

static const struct source_desc descs[KNOWN_STREAMS] = {
    {.site = SITE_C7,
     .channel_mask = CHANNELS_ACC | CHANNELS_GYRO,
     .format = SAMPLE_INT16,
     .rate_hz = 1000,
     .scale = {0.001, 0.001, 0.001, 0.0002, 0.0002, 0.0002},
     .mount = {1, 0, 0, 0, 1, 0, 0, 0, 1},
     .name = "lsm6dso",
     .chip = "chip 0"},
    {.site = SITE_SACRUM,
     .channel_mask = CHANNELS_ACC,
     .format = SAMPLE_FLOAT32,
     .rate_hz = 1000,
     .scale = {1, 1, 1},
     .mount = {0, 1, 0, 1, 0, 0, 0, 0, -1},
     .name = "half <a> & b",
     .chip = "chip 1"},
    {.site = SITE_SACRUM,
     .channel_mask = CHANNELS_GYRO,
     .format = SAMPLE_FLOAT64,
     .rate_hz = 1000,
     .scale = {0, 0, 0, 1, 1, 1},
     .mount = {0, 1, 0, 1, 0, 0, 0, 0, -1},
     .name = "half",
     .chip = "chip 1"},
};

static int write_block(struct log_writer *writer, int stream, int first)
{
    static struct raw_block block;
    block.source = (uint16_t)stream;
    block.n = BLOCK;
    int first_channel = stream == 2 ? CH_GYRO_X : CH_ACC_X;
    for (int i = 0; i < BLOCK; i++) {
        block.stamp_ns[i] = known_stamp_ns(stream, first + i);
        for (int c = 0; c < known_channels[stream]; c++)
            block.value[i][first_channel + c] = known_value(stream, c, first + i);
    }
    struct log_event event = {.kind = LOG_BLOCK, .source = block.source, .block = &block};
    return log_writer_put(writer, &event);
}

static int write_all(struct log_writer *writer)
{
    struct log_event settings = {.kind = LOG_SETTINGS, .settings = "version: 1\n"};
    int rc = log_writer_put(writer, &settings);
    for (int s = 0; rc == 0 && s < KNOWN_STREAMS; s++) {
        struct log_event source = {.kind = LOG_SOURCE, .source = (uint16_t)s, .desc = &descs[s]};
        rc = log_writer_put(writer, &source);
    }
    for (int i = 0; rc == 0 && i < KNOWN_SAMPLES; i += BLOCK) {
        struct log_event tick = {.kind = LOG_TICK, .tick = {known_stamp_ns(0, i), UTC_UNKNOWN_NS}};
        if (i % (KNOWN_SAMPLES / KNOWN_TICKS) == 0)
            rc = log_writer_put(writer, &tick);
        for (int s = 0; rc == 0 && s < KNOWN_STREAMS; s++)
            rc = write_block(writer, s, i);
    }
    return rc;
}

static int write_log(const char *path)
{
    struct log_writer *writer;
    int rc = log_writer_open(&writer, path);
    if (rc != 0)
        return rc;
    rc = write_all(writer);
    int closed = log_writer_close(writer);
    return rc != 0 ? rc : closed;
}

int main(int argc, char **argv)
{
    int rc = argc == 2 ? write_log(argv[1]) : -22;
    if (rc != 0)
        fprintf(stderr, "write_known_log FILE: %s\n", strerror(-rc));
    return rc != 0;
}
