// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/source_iio.h"

#include "acquire/iio_device.h"
#include "acquire/iio_setup.h"
#include "acquire/peer.h"
#include "acquire/reason.h"
#include "core/clock.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    struct source_wish wish;
    struct iio_context *context;
    struct iio_device *device;
    struct device_channels channels;
    char id[32];
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

static bool is_local(const char *uri)
{
    return strncmp(uri, "local:", 6) == 0;
}

static int find_device(struct source *source, struct source_info *info, char reason[REASON_MAX])
{
    const struct device_wish *wish = &source->wish.device;
    int n_rows, gyro_half;
    struct acquire_listing *rows = device_list(source->context, is_local(wish->uri), &n_rows);
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
    snprintf(source->id, sizeof source->id, "%s", row->id);
    snprintf(info->label, sizeof info->label, "%s", row->label);
    snprintf(info->desc.name, sizeof info->desc.name, "%s", row->name[0] != '\0' ? row->name : row->id);
    bool stamped = row->has_timestamp;
    free(rows);
    return stamped
               ? 0
               : reason_say(reason, -ENOTSUP, "%s at %s has no timestamp channel, and a nominal rate is no time base",
                            info->id, wish->uri);
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

// Trigger, rate, clock and full scale, in this order: which rate the chip must have depends on what reads it out.
static int set_up(struct source *source, struct source_info *info, char reason[REASON_MAX])
{
    const struct source_wish *wish = &source->wish;
    double clock_hz;
    if (is_local(wish->device.uri)) {
        const struct trigger_wish trigger = {info->id, wish->trigger, wish->keep_trigger, wish->rate_hz};
        int rc = trigger_assign(wish->triggers, &trigger, &info->trigger, reason);
        if (rc != 0)
            return rc;
        if (info->trigger.note[0] != '\0')
            source_note(info, "%s", info->trigger.note);
        clock_hz = info->trigger.clock_hz;
    } else {
        clock_hz = setup_trigger_clock(source->context, source->device, wish->rate_hz, info);
    }
    setup_clock(source->device, info);
    setup_rate(source->device, &source->channels, wish->rate_hz, clock_hz, info);
    setup_ranges(source->device, &source->channels, wish->accel_range_g, wish->gyro_range_deg_s, info);
    return device_read_scales(&source->channels, info, reason);
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
        rc = device_take_channels(source->device, source->wish.device.part, &source->channels, info, reason);
    if (rc == 0)
        rc = set_up(source, info, reason);
    if (rc == 0)
        rc = device_choose_mount(source->device, &source->channels, wish->mount, info, reason);
    source->block_samples = info->block_samples = block_length(wish, info->desc.rate_hz);
    if (rc != 0)
        source_close(source);
    return rc;
}

// libiio sets the kernel's buffer to block_samples * kernel_buffers and the watermark to block_samples; a driver may
// take something else, and one with a FIFO delivers what its chip can count.
static void read_back_buffer(const struct source *source, struct source_info *info)
{
    const struct source_wish *wish = &source->wish;
    double length = sysfs_number(SYSFS_IIO, source->id, "buffer/length");
    double watermark = sysfs_number(SYSFS_IIO, source->id, "buffer/watermark");
    double fifo = sysfs_number(SYSFS_IIO, source->id, "buffer/hwfifo_watermark");
    int asked = source->block_samples * wish->kernel_buffers;
    info->buffer_length = length >= 0 && length < 1e9 ? (int)length : -1;
    info->buffer_watermark = watermark >= 0 && watermark < 1e9 ? (int)watermark : -1;
    if (length < asked)
        source_note(info, "the kernel's buffer holds %g samples, %d were asked", length, asked);
    double most = fmax(watermark, fifo); // fmax passes over NaN
    if (most > source->block_samples && info->desc.rate_hz > 0)
        source_note(info, "delivers %g samples at once instead of %d: %.0f ms more latency", most,
                    source->block_samples, 1e3 * (most - source->block_samples) / info->desc.rate_hz);
}

int source_start(struct source *source, struct source_info *info, char reason[REASON_MAX])
{
    const struct source_wish *wish = &source->wish;
    // -ENOSYS where the backend has no such thing; its own count then holds.
    (void)!iio_device_set_kernel_buffers_count(source->device, (unsigned)wish->kernel_buffers);
    errno = 0;
    struct iio_buffer *buffer = iio_device_create_buffer(source->device, (size_t)source->block_samples, false);
    if (!buffer) {
        int rc = errno != 0 ? -errno : -EIO;
        reason_from_errno(reason, rc, STAGE_START, wish->device.uri, wish->timeout_ms);
        // A busy device or a missing right is no question of the trigger.
        if (is_local(wish->device.uri) && rc != -EBUSY && rc != -EACCES && rc != -EPERM)
            trigger_explain(wish->triggers, source->id, reason);
        return rc;
    }
    info->buffer_length = info->buffer_watermark = -1;
    if (is_local(wish->device.uri))
        read_back_buffer(source, info);
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
    const struct source_wish *wish = &source->wish;
    reason_from_errno(reason, hung ? -EBADF : error, STAGE_READ, wish->device.uri, wish->timeout_ms);
    if (is_local(wish->device.uri) && (hung || error == -ETIMEDOUT))
        trigger_explain(wish->triggers, source->id, reason);
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
    const char *at = (const char *)iio_buffer_first(source->buffer, source->channels.stamp) + first * step;
    for (int i = 0; i < block->n; i++)
        block->stamp_ns[i] = log_quantise_ns(convert(source->channels.stamp, at + i * step));
    for (int c = 0; c < N_CHANNELS; c++) {
        if (!source->channels.axis[c]) {
            for (int i = 0; i < block->n; i++)
                block->value[i][c] = 0;
            continue;
        }
        at = (const char *)iio_buffer_first(source->buffer, source->channels.axis[c]) + first * step;
        for (int i = 0; i < block->n; i++)
            block->value[i][c] = (double)convert(source->channels.axis[c], at + i * step);
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
    if (source->id[0] != '\0' && is_local(source->wish.device.uri))
        trigger_release(source->wish.triggers, source->id);
    source->id[0] = '\0';
    source->context = NULL;
    source->device = NULL;
    source->channels = (struct device_channels){0};
}

int acquire_list(const char *uri, struct acquire_listing *rows, int max)
{
    int error, n_all, n = 0;
    struct iio_context *context = connect_context(uri, 2000, &error);
    if (!context)
        return error;
    struct acquire_listing *all = device_list(context, is_local(uri), &n_all);
    for (int i = 0; all && i < n_all; i++) {
        struct iio_device *device = iio_context_get_device(context, (unsigned)i);
        // Triggers, and what makes them by hand: a device without a channel measures nothing.
        if (iio_device_is_trigger(device) || iio_device_get_channels_count(device) == 0)
            continue;
        if (n < max) {
            rows[n] = all[i];
            device_list_values(device, &rows[n]);
            if (is_local(uri))
                device_list_local(&rows[n]);
        }
        n++;
    }
    free(all);
    iio_context_destroy(context);
    return all ? n : -ENOMEM;
}
