// SPDX-License-Identifier: GPL-3.0-or-later
// The harness as IIO sees it: one device per source of the feed, with channels in scan order (gyro before
// accelerometer, as a bmi160), attributes and a clock. Scenario time 0 is the moment the first buffer is opened.
#ifndef POISE_SIM_HARNESS_H
#define POISE_SIM_HARNESS_H

#include "sim/feed.h"

#include <stdbool.h>
#include <stdint.h>

#define HARNESS_CHANNELS_MAX (N_CHANNELS + 1) // and the timestamp
#define HARNESS_TIMESTAMP    N_CHANNELS       // where a channel is not one of the feed's

struct harness_channel {
    char id[16];
    int channel; // enum source_channel or HARNESS_TIMESTAMP
    unsigned bytes;
};

struct harness_device {
    char id[24];
    struct harness_channel channel[HARNESS_CHANNELS_MAX]; // [i] has scan index i
    int n_channels;
    bool is_open;
    bool stamps_realtime; // current_timestamp_clock, as drivers begin: realtime
    unsigned buffers_count;
    unsigned watermark;
};

struct harness {
    struct feed *feed;
    bool fast; // samples come as fast as they are read
    bool started;
    int64_t start_mono_ns; // scenario time 0
    int64_t start_utc_ns;
    int64_t end_ns;      // scenario time at which the devices fall silent; FEED_END: never
    int64_t furthest_ns; // of the samples handed out
    struct harness_device device[MAX_SOURCES];
};

void harness_init(struct harness *harness, struct feed *feed, bool fast, int64_t end_ns);
void harness_start(struct harness *harness);           // when the first buffer opens; later calls do nothing
int64_t harness_now_ns(const struct harness *harness); // scenario time; 0 before the start
// Samples up to here may be handed out: now, or everything when fast.
int64_t harness_horizon_ns(const struct harness *harness);
bool harness_has_device(const struct harness *harness, int device);                      // false while unplugged
bool harness_has_fault(const struct harness *harness, int device, enum fault_kind kind); // now

// By id, name or label; -ENODEV.
int harness_find(const struct harness *harness, const char *name);

// The context as XML, malloc'd; NULL without memory.
char *harness_xml(const struct harness *harness);

enum harness_scope { SCOPE_DEVICE, SCOPE_CHANNEL, SCOPE_DEBUG, SCOPE_BUFFER };

#define HARNESS_VALUE_MAX 256
// Reads an attribute as text. 0 or negative errno (-ENOENT: no such attribute, -ENODEV, -EBUSY).
__attribute__((warn_unused_result)) int harness_read(struct harness *harness, int device, enum harness_scope scope,
                                                     const char *channel, const char *attr,
                                                     char value[HARNESS_VALUE_MAX]);
__attribute__((warn_unused_result)) int harness_write(struct harness *harness, int device, enum harness_scope scope,
                                                      const char *channel, const char *attr, const char *value);

// The attributes there are, for the XML: i = 0, 1, … until NULL. file gets the name in sysfs.
const char *harness_channel_attr(const struct harness *harness, int device, int channel, int i, char file[64]);
const char *harness_device_attr(int i);
const char *harness_buffer_attr(int i);

#endif
