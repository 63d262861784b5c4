// SPDX-License-Identifier: GPL-3.0-or-later
// One attribute of an IIO device or, shared by type, of its channels; both places are in use by drivers. Part of
// source_iio.c's knowledge of libiio and private to it. Prepare only.
#ifndef POISE_ACQUIRE_IIO_ATTRIBUTE_H
#define POISE_ACQUIRE_IIO_ATTRIBUTE_H

#include <iio.h>
#include <stdbool.h>
#include <stddef.h>

struct attribute {
    struct iio_device *device;
    struct iio_channel *channel; // NULL: the device's
    const char *name;
};

// The channel's, else the device's; either may be NULL.
bool attribute_find(struct attribute *found, struct iio_device *device, struct iio_channel *channel, const char *name);
// The first line. 0 or negative errno.
__attribute__((warn_unused_result)) int attribute_read(const struct attribute *attribute, char *text, size_t size);
__attribute__((warn_unused_result)) int attribute_write(const struct attribute *attribute, const char *text);
// 0, -ENOENT when there is no such attribute, -EINVAL when it is no number, or the error of reading it.
__attribute__((warn_unused_result)) int attribute_to_number(struct iio_device *device, struct iio_channel *channel,
                                                            const char *name, double *number);
// The number in it, or NaN when there is none.
double attribute_number(struct iio_device *device, struct iio_channel *channel, const char *name);

#endif
