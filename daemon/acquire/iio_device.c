// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/iio_device.h"

#include "acquire/attribute_text.h"
#include "acquire/iio_attribute.h"
#include "acquire/iio_setup.h"
#include "acquire/reason.h"
#include "acquire/sysfs.h"
#include "acquire/trigger_tree.h"

#include <errno.h>
#include <math.h>
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
    *row = (struct acquire_listing){.rate_hz = NAN,
                                    .accel_scale = NAN,
                                    .gyro_scale = NAN,
                                    .accel_range_g = NAN,
                                    .gyro_range_deg_s = NAN,
                                    .buffer_length = -1,
                                    .buffer_watermark = -1};
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

struct acquire_listing *device_list(const struct iio_context *context, bool local, int *n_rows)
{
    unsigned n = iio_context_get_devices_count(context);
    struct acquire_listing *rows = calloc(n > 0 ? n : 1, sizeof *rows);
    for (unsigned i = 0; rows && i < n; i++) {
        list_one(iio_context_get_device(context, i), &rows[i]);
        if (local)
            sysfs_parent(SYSFS_IIO, rows[i].id, rows[i].parent);
    }
    *n_rows = (int)n;
    return rows;
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
    int rc = attribute_to_number(NULL, channel, "scale", scale);
    if (rc == -ENOENT || rc == -EINVAL || (rc == 0 && *scale == 0))
        return reason_say(reason, -ENOTSUP, "%s of %s does not state its scale", id, info->id);
    if (rc != 0)
        return reason_say(reason, rc, "the scale of %s of %s cannot be read: %s", id, info->id, strerror(-rc));
    rc = attribute_to_number(NULL, channel, "offset", offset);
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

int device_read_scales(const struct device_channels *channels, struct source_info *info, char reason[REASON_MAX])
{
    struct source_desc *desc = &info->desc;
    info->accel_range_g = info->gyro_range_deg_s = NAN;
    for (int c = 0; c < N_CHANNELS; c++) {
        struct iio_channel *channel = channels->axis[c];
        int rc = channel ? read_scale(channel, info, &desc->scale[c], &desc->offset[c], reason) : 0;
        if (rc != 0)
            return rc;
        if (!channel)
            continue;
        double *range = c < CH_GYRO_X ? &info->accel_range_g : &info->gyro_range_deg_s;
        *range = fmin(*range, setup_full_scale(channel, desc->scale[c])); // fmin passes over NaN
    }
    return 0;
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
    struct iio_channel *channel = NULL;
    for (int c = 0; c < N_CHANNELS && !channel; c++)
        channel = channels->axis[c];
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
    row->accel_range_g = acc ? setup_full_scale(acc, row->accel_scale) : NAN;
    row->gyro_range_deg_s = gyro ? setup_full_scale(gyro, row->gyro_scale) : NAN;
}

static int whole_number(const char *id, const char *attribute)
{
    double number = sysfs_number(SYSFS_IIO, id, attribute);
    return number >= 0 && number < 1e9 ? (int)number : -1;
}

void device_list_local(struct acquire_listing *row)
{
    (void)!sysfs_read(SYSFS_IIO, row->id, "trigger/current_trigger", row->trigger, sizeof row->trigger);
    row->buffer_length = whole_number(row->id, "buffer/length");
    row->buffer_watermark = whole_number(row->id, "buffer/watermark");
    row->has_fifo = tree_has_fifo(SYSFS_IIO, row->id);
}
