// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as what an IIO server says: its context, read by libiio's own XML reader, and the text of every attribute
// the daemon asks it for. Opening such a device ends in a sentence, or in a description that the rooms can rely on.
//
// The input: a byte of wishes; the context, as XML when it begins with '<', else as context_text.h has it; a zero byte;
// the attributes' texts between zero bytes, in the order in which they are asked for, over and over. A text "!n" is an
// error of libiio. libiio's XML backend has no attributes, so the linker puts the functions below in their place.
#include "acquire/attribute_text.h"
#include "acquire/iio_device.h"
#include "acquire/source_iio.h"
#include "check.h"
#include "context_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define XML_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
ssize_t __wrap_iio_device_attr_read(const struct iio_device *device, const char *name, char *text, size_t size);
ssize_t __wrap_iio_channel_attr_read(const struct iio_channel *channel, const char *name, char *text, size_t size);
ssize_t __wrap_iio_device_attr_write(const struct iio_device *device, const char *name, const char *text);
ssize_t __wrap_iio_channel_attr_write(const struct iio_channel *channel, const char *name, const char *text);
int __wrap_iio_context_set_timeout(struct iio_context *context, unsigned ms);
int __wrap_iio_device_get_trigger(const struct iio_device *device, const struct iio_device **trigger);

static const char *texts, *next_text, *texts_end;

// The next text, as a server would have it: not terminated, and as long as it likes.
static ssize_t answer(char *text, size_t size)
{
    static const int errors[] = {EIO, ENODEV, ETIMEDOUT, EACCES, EINVAL, ENOENT, EBUSY, EPIPE};
    if (texts == texts_end)
        return -ENOENT;
    if (next_text >= texts_end)
        next_text = texts;
    size_t left = (size_t)(texts_end - next_text), n = strnlen(next_text, left);
    const char *from = next_text;
    next_text += n + 1;
    if (n == 2 && from[0] == '!')
        return -errors[(unsigned char)from[1] % (sizeof errors / sizeof *errors)];
    n = n < size ? n : size;
    memcpy(text, from, n);
    return (ssize_t)n;
}

ssize_t __wrap_iio_device_attr_read(const struct iio_device *device, const char *name, char *text, size_t size)
{
    check(device && name);
    return answer(text, size);
}

ssize_t __wrap_iio_channel_attr_read(const struct iio_channel *channel, const char *name, char *text, size_t size)
{
    check(channel && name);
    return answer(text, size);
}

static ssize_t take(const char *text)
{
    char refused[1];
    ssize_t rc = answer(refused, 1);
    return rc < 0 ? rc : (ssize_t)strlen(text);
}

ssize_t __wrap_iio_device_attr_write(const struct iio_device *device, const char *name, const char *text)
{
    check(device && name);
    return take(text);
}

ssize_t __wrap_iio_channel_attr_write(const struct iio_channel *channel, const char *name, const char *text)
{
    check(channel && name);
    return take(text);
}

int __wrap_iio_context_set_timeout(struct iio_context *context, unsigned ms)
{
    check(context && ms > 0);
    return 0;
}

// The first text's first letter says which device is the trigger.
int __wrap_iio_device_get_trigger(const struct iio_device *device, const struct iio_device **trigger)
{
    const struct iio_context *context = iio_device_get_context(device);
    unsigned n = iio_context_get_devices_count(context);
    if (texts == texts_end || texts[0] == '-')
        return -ENOENT;
    *trigger = iio_context_get_device(context, (unsigned char)texts[0] % n);
    return 0;
}

static void make_wish(struct source_wish *wish, uint8_t byte, const char *path)
{
    static const char *const names[] = {"", "imu", "imu_accel", "imu_gyro"};
    *wish = (struct source_wish){.rate_hz = byte & 0x80 ? 1000 : 200,
                                 .block_samples = 10,
                                 .kernel_buffers = 4,
                                 .timeout_ms = 100,
                                 .accel_range_g = byte & 0x40 ? 16 : NAN,
                                 .gyro_range_deg_s = byte & 0x40 ? 2000 : NAN,
                                 .stop_fd = -1};
    for (int i = 0; i < 9; i++)
        wish->mount[i] = byte & 0x20 ? (i % 4 == 0) : NAN;
    wish->device.part = (enum device_part)(byte % 3);
    snprintf(wish->device.name, sizeof wish->device.name, "%s", names[byte >> 3 & 3]);
    snprintf(wish->device.label, sizeof wish->device.label, "%s", byte & 4 ? "c7" : "");
    snprintf(wish->device.uri, sizeof wish->device.uri, "xml:%s", path);
}

static void check_info(const struct source_info *info)
{
    const struct source_desc *desc = &info->desc;
    check(desc->channel_mask != 0 && desc->channel_mask < 1 << N_CHANNELS);
    check(desc->format == SAMPLE_INT16 || desc->format == SAMPLE_INT32 || desc->format == SAMPLE_FLOAT64);
    check(desc->bits <= 32 && isfinite(desc->rate_hz) && desc->rate_hz >= 0);
    for (int c = 0; c < N_CHANNELS; c++)
        if (desc->channel_mask & 1U << c)
            check(isfinite(desc->scale[c]) && desc->scale[c] != 0 && isfinite(desc->offset[c]));
    check(!mount_fault(desc->mount)); // its name may be empty, as its id may
    check(info->block_samples >= 1 && info->block_samples <= RAW_BLOCK_MAX);
    check(memchr(info->note, '\0', sizeof info->note) && memchr(desc->name, '\0', sizeof desc->name));
    check(memchr(info->id, '\0', sizeof info->id) && memchr(info->label, '\0', sizeof info->label));
    char facts[FACTS_MAX];
    source_facts(info, facts);
}

// What `poisectl devices` shows of it.
static void list(const char *path)
{
    struct acquire_listing rows[4];
    char uri[64];
    snprintf(uri, sizeof uri, "xml:%s", path);
    int n = acquire_list(uri, rows, 4);
    for (int i = 0; i < n && i < 4; i++)
        check(memchr(rows[i].name, '\0', sizeof rows[i].name) && memchr(rows[i].label, '\0', sizeof rows[i].label));
}

static void open_source(const struct source_wish *wish)
{
    struct source *source;
    struct source_info info;
    char reason[REASON_MAX] = "";
    next_text = texts;
    check(source_create(&source) == 0);
    if (source_open(source, wish, &info, reason) == 0)
        check_info(&info);
    else
        check(reason[0] != '\0' && memchr(reason, '\0', sizeof reason));
    source_destroy(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[40], xml[XML_MAX];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        check(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        source_prepare();
    }
    if (size < 2)
        return 0;
    const char *context = (const char *)data + 1;
    size_t length = strnlen(context, size - 1);
    texts = next_text = context + (length < size - 1 ? length + 1 : length);
    texts_end = (const char *)data + size;
    if (context[0] != '<') {
        length = context_text_to_xml(context, length, xml, sizeof xml);
        context = xml;
    }
    check(ftruncate(fd, 0) == 0 && pwrite(fd, context, length, 0) == (ssize_t)length);
    struct source_wish wish;
    make_wish(&wish, data[0], path);
    open_source(&wish);
    list(path);
    return 0;
}
