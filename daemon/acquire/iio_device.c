// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/iio_device.h"

#include "acquire/attribute_text.h"
#include "acquire/reason.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The enum source_channel of a scan element, or -1.
static int channel_kind(const struct iio_channel *channel)
{
    if (iio_channel_is_output(channel) || !iio_channel_is_scan_element(channel))
        return -1;
    enum iio_chan_type type = iio_channel_get_type(channel);
    enum iio_modifier axis = iio_channel_get_modifier(channel);
    if (axis < IIO_MOD_X || axis > IIO_MOD_Z)
        return -1;
    if (type == IIO_ACCEL)
        return CH_ACC_X + (int)(axis - IIO_MOD_X);
    return type == IIO_ANGL_VEL ? CH_GYRO_X + (int)(axis - IIO_MOD_X) : -1;
}

static bool is_stamp(const struct iio_channel *channel)
{
    const char *id = iio_channel_get_id(channel);
    return iio_channel_is_scan_element(channel) && id && strcmp(id, "timestamp") == 0;
}

static void list_one(const struct iio_device *device, struct acquire_listing *row)
{
    const char *id = iio_device_get_id(device), *name = iio_device_get_name(device),
               *label = iio_device_get_label(device);
    *row = (struct acquire_listing){.rate_hz = NAN, .accel_scale = NAN, .gyro_scale = NAN};
    snprintf(row->id, sizeof row->id, "%s", id ? id : "");
    snprintf(row->name, sizeof row->name, "%s", name ? name : "");
    snprintf(row->label, sizeof row->label, "%s", label ? label : "");
    for (unsigned i = 0; i < iio_device_get_channels_count(device); i++) {
        const struct iio_channel *channel = iio_device_get_channel(device, i);
        int kind = channel_kind(channel);
        row->has_accel = row->has_accel || (kind >= CH_ACC_X && kind <= CH_ACC_Z);
        row->has_gyro = row->has_gyro || kind >= CH_GYRO_X;
        row->has_timestamp = row->has_timestamp || is_stamp(channel);
    }
}

struct acquire_listing *device_list(const struct iio_context *context, int *n_rows)
{
    unsigned n = iio_context_get_devices_count(context);
    struct acquire_listing *rows = calloc(n > 0 ? n : 1, sizeof *rows);
    for (unsigned i = 0; rows && i < n; i++)
        list_one(iio_context_get_device(context, i), &rows[i]);
    *n_rows = (int)n;
    return rows;
}

// One attribute of the device or, shared by type, of its channels; both places are in use by drivers.
struct attribute {
    struct iio_device *device;
    struct iio_channel *channel; // NULL: the device's
    const char *name;
};

static bool attribute_find(struct attribute *found, struct iio_device *device, struct iio_channel *channel,
                           const char *name)
{
    *found = (struct attribute){.device = device, .name = name};
    if (channel && iio_channel_find_attr(channel, name)) {
        found->channel = channel;
        return true;
    }
    return device && iio_device_find_attr(device, name);
}

static int attribute_read(const struct attribute *attribute, char *text, size_t size)
{
    ssize_t n = attribute->channel ? iio_channel_attr_read(attribute->channel, attribute->name, text, size)
                                   : iio_device_attr_read(attribute->device, attribute->name, text, size);
    if (n < 0)
        return (int)n;
    text[(size_t)n < size ? (size_t)n : size - 1] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

static int attribute_write(const struct attribute *attribute, const char *text)
{
    ssize_t n = attribute->channel ? iio_channel_attr_write(attribute->channel, attribute->name, text)
                                   : iio_device_attr_write(attribute->device, attribute->name, text);
    return n < 0 ? (int)n : 0;
}

// 0, -ENOENT when there is no such attribute, -EINVAL when it is no number, or the error of reading it.
static int read_number(struct iio_device *device, struct iio_channel *channel, const char *name, double *number)
{
    struct attribute attribute;
    char text[64], *end;
    if (!attribute_find(&attribute, device, channel, name))
        return -ENOENT;
    int rc = attribute_read(&attribute, text, sizeof text);
    if (rc != 0)
        return rc;
    *number = strtod(text, &end);
    return end != text && isfinite(*number) ? 0 : -EINVAL;
}

// The number in attribute name, or NaN when there is none.
static double attribute_number(struct iio_device *device, struct iio_channel *channel, const char *name)
{
    double number;
    return read_number(device, channel, name, &number) == 0 ? number : NAN;
}

static void add_note(struct source_info *info, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_note(struct source_info *info, const char *format, ...)
{
    size_t used = strlen(info->note);
    if (used > 0 && used + 2 < sizeof info->note) {
        memcpy(info->note + used, "; ", 3);
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(info->note + used, sizeof info->note - used, format, args);
    va_end(args);
}

static int check_format(const struct iio_channel *channel, const struct source_info *info, char reason[REASON_MAX])
{
    const struct iio_data_format *format = iio_channel_get_data_format(channel);
    bool known = format->length == 8 || format->length == 16 || format->length == 32 || format->length == 64;
    if (known && format->bits > 0 && format->bits <= format->length && format->repeat <= 1)
        return 0;
    return reason_say(reason, -ENOTSUP, "%s of %s has a format of %u bits in %u, %u times: not supported",
                      iio_channel_get_id(channel), info->id, format->bits, format->length, format->repeat);
}

// Bits that a signed integer needs to hold all the channel can deliver.
static unsigned signed_bits(const struct iio_data_format *format)
{
    return format->bits + (format->is_signed ? 0 : 1);
}

// A missing offset is none; a missing scale cannot be guessed.
static int read_scale(struct iio_channel *channel, const struct source_info *info, double *scale, double *offset,
                      char reason[REASON_MAX])
{
    const char *id = iio_channel_get_id(channel);
    *offset = 0;
    int rc = read_number(NULL, channel, "scale", scale);
    if (rc == -ENOENT || rc == -EINVAL || (rc == 0 && *scale == 0))
        return reason_say(reason, -ENOTSUP, "%s of %s does not state its scale", id, info->id);
    if (rc != 0)
        return reason_say(reason, rc, "the scale of %s of %s cannot be read: %s", id, info->id, strerror(-rc));
    rc = read_number(NULL, channel, "offset", offset);
    if (rc != 0 && rc != -ENOENT)
        return reason_say(reason, rc, "the offset of %s of %s cannot be read: %s", id, info->id, strerror(-rc));
    return 0;
}

int device_take_channels(struct iio_device *device, enum device_part part, struct device_channels *channels,
                         struct source_info *info, char reason[REASON_MAX])
{
    struct source_desc *desc = &info->desc;
    unsigned wanted = part == PART_ACCEL  ? CHANNELS_ACC
                      : part == PART_GYRO ? CHANNELS_GYRO
                                          : CHANNELS_ACC | CHANNELS_GYRO;
    unsigned bits = 0; // of the widest channel: below its full scale nothing is called clipped
    for (unsigned i = 0; i < iio_device_get_channels_count(device); i++) {
        struct iio_channel *channel = iio_device_get_channel(device, i);
        int kind = channel_kind(channel);
        if (is_stamp(channel))
            channels->stamp = channel;
        if (kind < 0 || (wanted & 1U << kind) == 0 || channels->axis[kind])
            continue;
        int rc = check_format(channel, info, reason);
        if (rc != 0)
            return rc;
        unsigned needed = signed_bits(iio_channel_get_data_format(channel));
        bits = needed > bits ? needed : bits;
        rc = read_scale(channel, info, &desc->scale[kind], &desc->offset[kind], reason);
        if (rc != 0)
            return rc;
        desc->channel_mask = (uint16_t)(desc->channel_mask | 1U << kind);
        channels->axis[kind] = channel;
        iio_channel_enable(channel);
    }
    desc->format = bits > 32 ? SAMPLE_FLOAT64 : bits > 16 ? SAMPLE_INT32 : SAMPLE_INT16;
    if (bits < 32 && bits != 16)
        desc->bits = (uint16_t)bits;
    int rc = check_format(channels->stamp, info, reason);
    iio_channel_enable(channels->stamp);
    return rc;
}

// The first accelerometer or gyro channel in use; its attributes stand for those shared by type.
static struct iio_channel *first_channel(const struct device_channels *channels, int from, int to)
{
    for (int i = from; i <= to; i++)
        if (channels->axis[i])
            return channels->axis[i];
    return NULL;
}

// Sets one sampling_frequency to the nearest offered and returns what it then reads, NaN when there is none. What is
// right already is not written: the other half of a split chip may be running, and a write would be refused.
static double set_rate(struct iio_device *device, struct iio_channel *channel, int wanted_hz, struct source_info *info)
{
    struct attribute rate, offer;
    char text[512] = "", set[32];
    if (!attribute_find(&rate, device, channel, "sampling_frequency"))
        return NAN;
    double target = wanted_hz;
    if (attribute_find(&offer, device, channel, "sampling_frequency_available") &&
        attribute_read(&offer, text, sizeof text) == 0) {
        double nearest = rate_nearest(text, wanted_hz);
        target = isfinite(nearest) ? nearest : target;
    }
    double now = attribute_number(device, channel, "sampling_frequency");
    if (isfinite(now) && fabs(now - target) < 1e-3 * target)
        return now;
    snprintf(set, sizeof set, "%g", target);
    int rc = attribute_write(&rate, set);
    now = attribute_number(device, channel, "sampling_frequency");
    if (rc != 0)
        add_note(info, "refuses %s Hz (%s), stays at %g Hz%s%.60s", set, strerror(-rc), now,
                 text[0] != '\0' ? ", offers " : "", text);
    return now;
}

void device_set_rate(struct iio_context *context, struct iio_device *device, const struct device_channels *channels,
                     int wanted_hz, struct source_info *info)
{
    struct iio_channel *acc = first_channel(channels, CH_ACC_X, CH_ACC_Z);
    struct iio_channel *gyro = first_channel(channels, CH_GYRO_X, CH_GYRO_Z);
    double rate = set_rate(device, acc ? acc : gyro, wanted_hz, info);
    if (acc && gyro && iio_channel_find_attr(gyro, "sampling_frequency"))
        (void)set_rate(device, gyro, wanted_hz, info);
    // Where a trigger clocks the buffer its rate is the rate of the samples, whatever the chip's own is.
    const struct iio_device *trigger = NULL;
    if (iio_device_get_trigger(device, &trigger) == 0 && trigger) {
        const char *id = iio_device_get_id(trigger);
        struct iio_device *clocked = id ? iio_context_find_device(context, id) : NULL;
        double clock_hz = clocked ? set_rate(clocked, NULL, wanted_hz, info) : NAN;
        rate = isfinite(clock_hz) ? clock_hz : rate;
    }
    info->desc.rate_hz = isfinite(rate) && rate > 0 ? rate : 0;
    if (info->desc.rate_hz > 0 && fabs(info->desc.rate_hz - wanted_hz) > 0.005 * wanted_hz)
        add_note(info, "runs at %g Hz, %d were asked", info->desc.rate_hz, wanted_hz);
}

void device_set_clock(struct iio_device *device, struct source_info *info)
{
    struct attribute clock;
    char text[64] = "";
    if (!attribute_find(&clock, device, NULL, "current_timestamp_clock")) {
        add_note(info, "does not state its timestamps' clock; taken for monotonic");
        return;
    }
    if (attribute_read(&clock, text, sizeof text) == 0 && strcmp(text, "monotonic") == 0)
        return;
    int rc = attribute_write(&clock, "monotonic");
    int read_back = attribute_read(&clock, text, sizeof text);
    if (rc != 0 || read_back != 0 || strcmp(text, "monotonic") != 0)
        add_note(info, "its timestamps stay on the clock '%.20s' instead of monotonic: they do not fit the other sites",
                 text);
}

// libiio takes an attribute that all channels share for one of a channel called like its second word: in_mount_matrix
// becomes `matrix` of a channel `mount`. The name of the file is what the driver says.
static bool attribute_find_file(struct attribute *found, struct iio_device *device, const char *file)
{
    for (unsigned i = 0; i < iio_device_get_channels_count(device); i++) {
        struct iio_channel *channel = iio_device_get_channel(device, i);
        for (unsigned k = 0; k < iio_channel_get_attrs_count(channel); k++) {
            const char *name = iio_channel_get_attr(channel, k),
                       *its_file = iio_channel_attr_get_filename(channel, name);
            if (its_file && strcmp(its_file, file) == 0) {
                *found = (struct attribute){.device = device, .channel = channel, .name = name};
                return true;
            }
        }
    }
    return false;
}

int device_choose_mount(struct iio_device *device, const struct device_channels *channels, const double configured[9],
                        struct source_info *info, char reason[REASON_MAX])
{
    static const char *const names[] = {"mount_matrix", "in_mount_matrix", "in_accel_mount_matrix",
                                        "in_anglvel_mount_matrix"};
    static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    double *mount = info->desc.mount;
    memcpy(mount, isfinite(configured[0]) ? configured : identity, sizeof info->desc.mount);
    if (isfinite(configured[0]))
        return 0;
    struct iio_channel *channel = first_channel(channels, CH_ACC_X, CH_GYRO_Z);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct attribute attribute;
        char text[256];
        if ((!attribute_find(&attribute, device, channel, names[i]) &&
             !attribute_find_file(&attribute, device, names[i])) ||
            attribute_read(&attribute, text, sizeof text) != 0)
            continue;
        if (mount_parse(text, mount) != 0)
            return reason_say(reason, -EINVAL, "the mount_matrix of %s is not nine numbers: '%.60s'", info->id, text);
        const char *fault = mount_fault(mount);
        return fault ? reason_say(reason, -EINVAL, "the mount_matrix of %s %s: '%.60s'; set sites.NAME.mount", info->id,
                                  fault, text)
                     : 0;
    }
    return 0;
}

void device_list_values(struct iio_device *device, struct acquire_listing *row)
{
    struct iio_channel *acc = NULL, *gyro = NULL;
    for (unsigned i = 0; i < iio_device_get_channels_count(device); i++) {
        struct iio_channel *channel = iio_device_get_channel(device, i);
        int kind = channel_kind(channel);
        if (kind >= CH_GYRO_X)
            gyro = channel;
        else if (kind >= 0)
            acc = channel;
    }
    row->rate_hz = attribute_number(device, acc ? acc : gyro, "sampling_frequency");
    row->accel_scale = attribute_number(NULL, acc, "scale");
    row->gyro_scale = attribute_number(NULL, gyro, "scale");
}
