// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/source_iio.h"

#include "acquire/attribute_text.h"
#include "acquire/peer.h"
#include "acquire/reason.h"
#include "core/clock.h"

#include <errno.h>
#include <iio.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    struct source_wish wish;
    struct iio_context *context;
    struct iio_device *device;
    struct iio_channel *channel[N_CHANNELS]; // NULL: not there or not wanted
    struct iio_channel *stamp;
    int block_samples;

    pthread_mutex_t lock; // what follows is shared with source_cancel and source_abort
    struct iio_buffer *buffer;
    bool cancelled;
    struct peer peer;
};

void source_prepare(void)
{
    static const char xml[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context [<!ELEMENT context EMPTY>"
                              "<!ATTLIST context name CDATA #REQUIRED>]><context name=\"none\"/>";
    struct iio_context *context = iio_create_xml_context_mem(xml, sizeof xml - 1);
    if (context)
        iio_context_destroy(context);
}

int source_create(struct source **out)
{
    struct source *source = calloc(1, sizeof *source);
    *out = source;
    if (!source)
        return -ENOMEM;
    pthread_mutex_init(&source->lock, NULL);
    return 0;
}

void source_destroy(struct source *source)
{
    if (!source)
        return;
    source_close(source);
    pthread_mutex_destroy(&source->lock);
    free(source);
}

// A new context for uri. libiio writes into the text when it carries a port, so it gets its own copy.
static struct iio_context *connect_context(const char *uri, int timeout_ms, int *error)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", uri);
    errno = 0;
    struct iio_context *context = iio_create_context_from_uri(copy);
    *error = context ? 0 : errno != 0 ? -errno : -EIO;
    if (context)
        *error = iio_context_set_timeout(context, (unsigned)timeout_ms);
    if (*error == 0 || !context)
        return context;
    iio_context_destroy(context);
    return NULL;
}

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

static void list_device(const struct iio_device *device, struct acquire_listing *row)
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

// Rows for all devices of context, in its order; NULL without memory. The caller frees.
static struct acquire_listing *list_context(const struct iio_context *context, int *n_rows)
{
    unsigned n = iio_context_get_devices_count(context);
    struct acquire_listing *rows = calloc(n > 0 ? n : 1, sizeof *rows);
    for (unsigned i = 0; rows && i < n; i++)
        list_device(iio_context_get_device(context, i), &rows[i]);
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

// The number in attribute name, or NaN when there is none.
static double attribute_number(struct iio_device *device, struct iio_channel *channel, const char *name)
{
    struct attribute attribute;
    char text[64], *end;
    if (!attribute_find(&attribute, device, channel, name) || attribute_read(&attribute, text, sizeof text) != 0)
        return NAN;
    double value = strtod(text, &end);
    return end == text ? NAN : value;
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

static int find_device(struct source *source, struct source_info *info, char reason[REASON_MAX])
{
    const struct device_wish *wish = &source->wish.device;
    int n_rows, gyro_half;
    struct acquire_listing *rows = list_context(source->context, &n_rows);
    if (!rows)
        return reason_say(reason, -ENOMEM, "no memory to list %s", wish->uri);
    int index = match_device(rows, n_rows, wish, &gyro_half, reason);
    if (index < 0) {
        free(rows);
        return index;
    }
    const struct acquire_listing *row = &rows[index];
    source->device = iio_context_get_device(source->context, (unsigned)index);
    info->has_other_half = gyro_half >= 0;
    snprintf(info->id, sizeof info->id, "%s", row->id);
    snprintf(info->label, sizeof info->label, "%s", row->label);
    snprintf(info->desc.name, sizeof info->desc.name, "%s", row->name[0] != '\0' ? row->name : row->id);
    bool stamped = row->has_timestamp;
    free(rows);
    return stamped
               ? 0
               : reason_say(reason, -ENOTSUP, "%s at %s has no timestamp channel, and a nominal rate is no time base",
                            info->id, wish->uri);
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

// Enables what the wish wants of the device's channels and reads scale, offset and format of each.
static int take_channels(struct source *source, struct source_info *info, char reason[REASON_MAX])
{
    struct source_desc *desc = &info->desc;
    unsigned wanted = source->wish.device.part == PART_ACCEL  ? CHANNELS_ACC
                      : source->wish.device.part == PART_GYRO ? CHANNELS_GYRO
                                                              : CHANNELS_ACC | CHANNELS_GYRO;
    desc->format = SAMPLE_INT16;
    for (unsigned i = 0; i < iio_device_get_channels_count(source->device); i++) {
        struct iio_channel *channel = iio_device_get_channel(source->device, i);
        int kind = channel_kind(channel);
        if (is_stamp(channel))
            source->stamp = channel;
        if (kind < 0 || (wanted & 1U << kind) == 0 || source->channel[kind])
            continue;
        int rc = check_format(channel, info, reason);
        if (rc != 0)
            return rc;
        const struct iio_data_format *format = iio_channel_get_data_format(channel);
        if (format->bits > 32)
            desc->format = SAMPLE_FLOAT64;
        else if ((format->bits > 16 || (format->bits == 16 && !format->is_signed)) && desc->format == SAMPLE_INT16)
            desc->format = SAMPLE_INT32;
        double offset = attribute_number(NULL, channel, "offset");
        desc->scale[kind] = attribute_number(NULL, channel, "scale");
        desc->offset[kind] = isfinite(offset) ? offset : 0;
        if (!isfinite(desc->scale[kind]) || desc->scale[kind] == 0)
            return reason_say(reason, -ENOTSUP, "%s of %s does not state its scale", iio_channel_get_id(channel),
                              info->id);
        desc->channel_mask = (uint16_t)(desc->channel_mask | 1U << kind);
        source->channel[kind] = channel;
        iio_channel_enable(channel);
    }
    int rc = check_format(source->stamp, info, reason);
    iio_channel_enable(source->stamp);
    return rc;
}

// The first accelerometer or gyro channel in use; its attributes stand for those shared by type.
static struct iio_channel *first_channel(const struct source *source, int from, int to)
{
    for (int i = from; i <= to; i++)
        if (source->channel[i])
            return source->channel[i];
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

static void configure_rate(struct source *source, struct source_info *info)
{
    struct iio_channel *acc = first_channel(source, CH_ACC_X, CH_ACC_Z);
    struct iio_channel *gyro = first_channel(source, CH_GYRO_X, CH_GYRO_Z);
    int wanted_hz = source->wish.rate_hz;
    double rate = set_rate(source->device, acc ? acc : gyro, wanted_hz, info);
    if (acc && gyro && iio_channel_find_attr(gyro, "sampling_frequency"))
        (void)set_rate(source->device, gyro, wanted_hz, info);
    // Where a trigger clocks the buffer its rate is the rate of the samples, whatever the chip's own is.
    const struct iio_device *trigger = NULL;
    if (iio_device_get_trigger(source->device, &trigger) == 0 && trigger) {
        const char *id = iio_device_get_id(trigger);
        struct iio_device *clocked = id ? iio_context_find_device(source->context, id) : NULL;
        double clock_hz = clocked ? set_rate(clocked, NULL, wanted_hz, info) : NAN;
        rate = isfinite(clock_hz) ? clock_hz : rate;
    }
    info->desc.rate_hz = isfinite(rate) && rate > 0 ? rate : 0;
    if (info->desc.rate_hz > 0 && fabs(info->desc.rate_hz - wanted_hz) > 0.005 * wanted_hz)
        add_note(info, "runs at %g Hz, %d were asked", info->desc.rate_hz, wanted_hz);
}

static void configure_clock(const struct source *source, struct source_info *info)
{
    struct attribute clock;
    char text[64] = "";
    if (!attribute_find(&clock, source->device, NULL, "current_timestamp_clock")) {
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

// Config, then the device's or its channels' attribute, then identity.
static int choose_mount(const struct source *source, struct source_info *info, char reason[REASON_MAX])
{
    static const char *const names[] = {"mount_matrix", "in_mount_matrix", "in_accel_mount_matrix",
                                        "in_anglvel_mount_matrix"};
    static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    double *mount = info->desc.mount;
    memcpy(mount, isfinite(source->wish.mount[0]) ? source->wish.mount : identity, sizeof info->desc.mount);
    if (isfinite(source->wish.mount[0]))
        return 0;
    struct iio_channel *channel = first_channel(source, CH_ACC_X, CH_GYRO_Z);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct attribute attribute;
        char text[256];
        if (!attribute_find(&attribute, source->device, channel, names[i]) ||
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

// As long in time as block_samples at rate_hz, so that a slow device does not add latency.
static int block_length(const struct source_wish *wish, double rate_hz)
{
    if (rate_hz <= 0)
        return wish->block_samples;
    double n = round(wish->block_samples * rate_hz / wish->rate_hz);
    return n < 1 ? 1 : n > RAW_BLOCK_MAX ? RAW_BLOCK_MAX : (int)n;
}

static int connect_peer(struct source *source, char reason[REASON_MAX])
{
    const struct source_wish *wish = &source->wish;
    struct peer peer;
    int rc = peer_probe(wish->device.uri, wish->timeout_ms, wish->stop_fd, &peer);
    pthread_mutex_lock(&source->lock);
    source->peer = peer;
    if (rc == 0 && source->cancelled)
        rc = -ECANCELED;
    pthread_mutex_unlock(&source->lock);
    if (rc == 0)
        source->context = connect_context(wish->device.uri, wish->timeout_ms, &rc);
    if (!source->context)
        reason_from_errno(reason, rc, STAGE_CONNECT, wish->device.uri, wish->timeout_ms);
    return rc;
}

int source_open(struct source *source, const struct source_wish *wish, struct source_info *info,
                char reason[REASON_MAX])
{
    source_close(source);
    source->wish = *wish;
    memset(info, 0, sizeof *info); // every byte: descriptions are compared as memory
    int rc = connect_peer(source, reason);
    if (rc == 0)
        rc = find_device(source, info, reason);
    if (rc == 0 && info->has_other_half)
        source->wish.device.part = PART_ACCEL;
    if (rc == 0)
        rc = take_channels(source, info, reason);
    if (rc == 0) {
        configure_rate(source, info);
        configure_clock(source, info);
        rc = choose_mount(source, info, reason);
    }
    source->block_samples = info->block_samples = block_length(wish, info->desc.rate_hz);
    if (rc != 0)
        source_close(source);
    return rc;
}

int source_start(struct source *source, char reason[REASON_MAX])
{
    const struct source_wish *wish = &source->wish;
    // -ENOSYS where the backend has no such thing; its own count then holds.
    (void)!iio_device_set_kernel_buffers_count(source->device, (unsigned)wish->kernel_buffers);
    errno = 0;
    struct iio_buffer *buffer = iio_device_create_buffer(source->device, (size_t)source->block_samples, false);
    if (!buffer) {
        int rc = errno != 0 ? -errno : -EIO;
        reason_from_errno(reason, rc, STAGE_START, wish->device.uri, wish->timeout_ms);
        return rc;
    }
    pthread_mutex_lock(&source->lock);
    source->buffer = buffer;
    if (source->cancelled)
        iio_buffer_cancel(buffer);
    pthread_mutex_unlock(&source->lock);
    return 0;
}

int source_refill(struct source *source)
{
    ssize_t n_bytes = iio_buffer_refill(source->buffer);
    if (n_bytes < 0)
        return (int)n_bytes;
    ptrdiff_t step = iio_buffer_step(source->buffer);
    return step > 0 ? (int)(n_bytes / step) : -EIO;
}

void source_explain(const struct source *source, int error, bool hung, char reason[REASON_MAX])
{
    reason_from_errno(reason, hung ? -EBADF : error, STAGE_READ, source->wish.device.uri, source->wish.timeout_ms);
}

static int64_t convert(const struct iio_channel *channel, const void *from)
{
    const struct iio_data_format *format = iio_channel_get_data_format(channel);
    union {
        int8_t s8;
        int16_t s16;
        int32_t s32;
        int64_t s64;
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
    } raw = {.s64 = 0};
    iio_channel_convert(channel, &raw, from);
    switch (format->length) {
    case 8:
        return format->is_signed ? raw.s8 : raw.u8;
    case 16:
        return format->is_signed ? raw.s16 : raw.u16;
    case 32:
        return format->is_signed ? raw.s32 : (int64_t)raw.u32;
    default:
        return raw.s64;
    }
}

void source_take(const struct source *source, int first, struct raw_block *block)
{
    ptrdiff_t step = iio_buffer_step(source->buffer);
    const char *at = (const char *)iio_buffer_first(source->buffer, source->stamp) + first * step;
    for (int i = 0; i < block->n; i++)
        block->stamp_ns[i] = log_quantise_ns(convert(source->stamp, at + i * step));
    for (int c = 0; c < N_CHANNELS; c++) {
        if (!source->channel[c]) {
            for (int i = 0; i < block->n; i++)
                block->value[i][c] = 0;
            continue;
        }
        at = (const char *)iio_buffer_first(source->buffer, source->channel[c]) + first * step;
        for (int i = 0; i < block->n; i++)
            block->value[i][c] = (double)convert(source->channel[c], at + i * step);
    }
}

void source_cancel(struct source *source)
{
    pthread_mutex_lock(&source->lock);
    source->cancelled = true;
    if (source->buffer)
        iio_buffer_cancel(source->buffer);
    pthread_mutex_unlock(&source->lock);
}

void source_abort(struct source *source)
{
    source_cancel(source);
    pthread_mutex_lock(&source->lock);
    struct peer peer = source->peer;
    pthread_mutex_unlock(&source->lock);
    peer_shutdown(&peer);
}

void source_close(struct source *source)
{
    pthread_mutex_lock(&source->lock);
    struct iio_buffer *buffer = source->buffer;
    source->buffer = NULL;
    source->cancelled = false;
    source->peer.length = 0;
    pthread_mutex_unlock(&source->lock);
    if (buffer) {
        iio_buffer_cancel(buffer); // else libiio waits for a dead peer to acknowledge
        iio_buffer_destroy(buffer);
    }
    if (source->context)
        iio_context_destroy(source->context);
    source->context = NULL;
    source->device = NULL;
    source->stamp = NULL;
    memset(source->channel, 0, sizeof source->channel);
}

int acquire_list(const char *uri, struct acquire_listing *rows, int max)
{
    int error, n_all, n = 0;
    struct iio_context *context = connect_context(uri, 2000, &error);
    if (!context)
        return error;
    struct acquire_listing *all = list_context(context, &n_all);
    for (int i = 0; all && i < n_all; i++) {
        struct iio_device *device = iio_context_get_device(context, (unsigned)i);
        if (iio_device_is_trigger(device))
            continue;
        struct iio_channel *by_type[2] = {NULL, NULL};
        for (unsigned c = 0; c < iio_device_get_channels_count(device); c++) {
            struct iio_channel *channel = iio_device_get_channel(device, c);
            int kind = channel_kind(channel);
            if (kind >= 0)
                by_type[kind >= CH_GYRO_X] = channel;
        }
        if (n < max) {
            rows[n] = all[i];
            rows[n].rate_hz = attribute_number(device, by_type[0] ? by_type[0] : by_type[1], "sampling_frequency");
            rows[n].accel_scale = attribute_number(NULL, by_type[0], "scale");
            rows[n].gyro_scale = attribute_number(NULL, by_type[1], "scale");
        }
        n++;
    }
    free(all);
    iio_context_destroy(context);
    return all ? n : -ENOMEM;
}
