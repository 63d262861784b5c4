// SPDX-License-Identifier: GPL-3.0-or-later
// The attributes of the harness's devices: names, sysfs file names and values as the kernel's bmi160 driver shows them.
#include "sim/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum attr { ATTR_RAW, ATTR_SCALE, ATTR_SCALES, ATTR_OFFSET, ATTR_RATE, ATTR_RATES, ATTR_MOUNT, N_CHANNEL_ATTRS };

static const struct {
    const char *name;
    bool of_type; // shared by the channels of one type
} channel_attrs[N_CHANNEL_ATTRS] = {
    {"raw", false},
    {"scale", true},
    {"scale_available", true},
    {"offset", true},
    {"sampling_frequency", true},
    {"sampling_frequency_available", true},
    {"mount_matrix", true},
};

static bool has_attr(const struct harness *harness, int device, int channel, int attr)
{
    const struct source_desc *desc = feed_desc(harness->feed, device);
    double scales[FEED_SCALES];
    if (channel != HARNESS_TIMESTAMP && attr == ATTR_SCALES) {
        feed_scales(harness->feed, device, channel >= CH_GYRO_X, scales);
        return scales[0] > 0;
    }
    return channel != HARNESS_TIMESTAMP && (attr != ATTR_OFFSET || desc->offset[channel] != 0);
}

const char *harness_channel_attr(const struct harness *harness, int device, int channel, int i, char file[64])
{
    const struct harness_channel *iio = &harness->device[device].channel[channel];
    for (int attr = 0; attr < N_CHANNEL_ATTRS; attr++) {
        if (!has_attr(harness, device, iio->channel, attr) || i-- > 0)
            continue;
        int length = channel_attrs[attr].of_type ? (int)strcspn(iio->id, "_") : (int)strlen(iio->id);
        snprintf(file, 64, "in_%.*s_%s", length, iio->id, channel_attrs[attr].name);
        return channel_attrs[attr].name;
    }
    return NULL;
}

const char *harness_device_attr(int i)
{
    static const char *const names[] = {"current_timestamp_clock", "mount_matrix"};
    return i < (int)(sizeof names / sizeof *names) ? names[i] : NULL;
}

const char *harness_buffer_attr(int i)
{
    static const char *const names[] = {"data_available", "watermark"};
    return i < (int)(sizeof names / sizeof *names) ? names[i] : NULL;
}

static void print_mount(const double m[9], char value[HARNESS_VALUE_MAX])
{
    snprintf(value, HARNESS_VALUE_MAX, "%g, %g, %g; %g, %g, %g; %g, %g, %g", m[0], m[1], m[2], m[3], m[4], m[5], m[6],
             m[7], m[8]);
}

// As sysfs does: a single conversion, refused while a buffer owns the device.
static int read_raw(struct harness *harness, int device, int channel, char value[HARNESS_VALUE_MAX])
{
    struct feed_sample sample;
    if (harness->device[device].is_open)
        return -EBUSY;
    if (!harness->fast)
        feed_skip(harness->feed, device, harness_now_ns(harness));
    if (!feed_pull(harness->feed, device, &sample))
        return -EIO;
    snprintf(value, HARNESS_VALUE_MAX, "%d", sample.value[channel]);
    return 0;
}

static int read_channel(struct harness *harness, int device, const char *id, const char *name,
                        char value[HARNESS_VALUE_MAX])
{
    const struct harness_device *iio = &harness->device[device];
    const struct source_desc *desc = feed_desc(harness->feed, device);
    int channel = -1, attr = 0;
    for (int i = 0; i < iio->n_channels; i++)
        if (strcmp(iio->channel[i].id, id) == 0)
            channel = iio->channel[i].channel;
    while (attr < N_CHANNEL_ATTRS && strcmp(channel_attrs[attr].name, name) != 0)
        attr++;
    if (channel < 0 || attr == N_CHANNEL_ATTRS || !has_attr(harness, device, channel, attr))
        return -ENOENT;
    int used = 0;
    double scales[FEED_SCALES];
    switch (attr) {
    case ATTR_RAW:
        return read_raw(harness, device, channel, value);
    case ATTR_SCALE:
        snprintf(value, HARNESS_VALUE_MAX, "%.9f", desc->scale[channel]);
        return 0;
    case ATTR_SCALES:
        feed_scales(harness->feed, device, channel >= CH_GYRO_X, scales);
        value[0] = '\0';
        for (const double *one = scales; *one > 0; one++)
            used += snprintf(value + used, (size_t)(HARNESS_VALUE_MAX - used), used ? " %.9f" : "%.9f", *one);
        return 0;
    case ATTR_OFFSET:
        snprintf(value, HARNESS_VALUE_MAX, "%.9g", desc->offset[channel]);
        return 0;
    case ATTR_RATE:
        snprintf(value, HARNESS_VALUE_MAX, "%.9g", desc->rate_hz);
        return 0;
    case ATTR_RATES:
        value[0] = '\0';
        for (const int *rate = feed_rates(harness->feed, device); *rate && used < HARNESS_VALUE_MAX - 16; rate++)
            used += snprintf(value + used, (size_t)(HARNESS_VALUE_MAX - used), used ? " %d" : "%d", *rate);
        return 0;
    default:
        print_mount(desc->mount, value);
        return 0;
    }
}

int harness_read(struct harness *harness, int device, enum harness_scope scope, const char *channel, const char *attr,
                 char value[HARNESS_VALUE_MAX])
{
    const struct harness_device *iio = &harness->device[device];
    if (!harness_has_device(harness, device))
        return -ENODEV;
    if (scope == SCOPE_CHANNEL)
        return read_channel(harness, device, channel, attr, value);
    if (scope == SCOPE_DEVICE && strcmp(attr, "current_timestamp_clock") == 0)
        snprintf(value, HARNESS_VALUE_MAX, "%s", iio->stamps_realtime ? "realtime" : "monotonic");
    else if (scope == SCOPE_DEVICE && strcmp(attr, "mount_matrix") == 0)
        print_mount(feed_desc(harness->feed, device)->mount, value);
    else if (scope == SCOPE_BUFFER && strcmp(attr, "watermark") == 0)
        snprintf(value, HARNESS_VALUE_MAX, "%u", iio->watermark);
    else if (scope == SCOPE_BUFFER && strcmp(attr, "data_available") == 0)
        snprintf(value, HARNESS_VALUE_MAX, "0");
    else
        return -ENOENT;
    return 0;
}

static int write_clock(struct harness_device *iio, const char *value)
{
    bool realtime = strcmp(value, "realtime") == 0;
    if (!realtime && strcmp(value, "monotonic") != 0)
        return -EINVAL;
    if (iio->is_open)
        return -EBUSY;
    iio->stamps_realtime = realtime;
    return 0;
}

static int write_rate(struct harness *harness, int device, const char *value)
{
    char *end;
    double rate = strtod(value, &end);
    if (end == value || *end || !(rate > 0 && rate < 1e6))
        return -EINVAL;
    if (harness->device[device].is_open)
        return -EBUSY;
    return feed_set_rate(harness->feed, device, (int)rate);
}

static int write_scale(struct harness *harness, int device, bool gyro, const char *value)
{
    char *end;
    double scale = strtod(value, &end);
    if (end == value || *end || !(scale > 0))
        return -EINVAL;
    if (harness->device[device].is_open)
        return -EBUSY;
    return feed_set_scale(harness->feed, device, gyro, scale);
}

int harness_write(struct harness *harness, int device, enum harness_scope scope, const char *channel, const char *attr,
                  const char *value)
{
    struct harness_device *iio = &harness->device[device];
    if (!harness_has_device(harness, device))
        return -ENODEV;
    char text[HARNESS_VALUE_MAX], current[HARNESS_VALUE_MAX];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(value, "\n"), value);
    if (scope == SCOPE_DEVICE && strcmp(attr, "current_timestamp_clock") == 0)
        return write_clock(iio, text);
    if (scope == SCOPE_CHANNEL && strcmp(attr, "sampling_frequency") == 0 && strcmp(channel, "timestamp") != 0)
        return write_rate(harness, device, text);
    if (scope == SCOPE_CHANNEL && strcmp(attr, "scale") == 0 && strcmp(channel, "timestamp") != 0)
        return write_scale(harness, device, strncmp(channel, "anglvel", 7) == 0, text);
    if (scope == SCOPE_BUFFER && strcmp(attr, "watermark") == 0) {
        char *end;
        unsigned long watermark = strtoul(text, &end, 10);
        if (end == text || *end || watermark == 0 || watermark > 65536)
            return -EINVAL;
        iio->watermark = (unsigned)watermark;
        return 0;
    }
    int err = harness_read(harness, device, scope, channel, attr, current);
    return err == -ENOENT ? -ENOENT : -EACCES; // there, but not to be written
}
