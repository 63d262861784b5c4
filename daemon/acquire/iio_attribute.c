// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/iio_attribute.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool attribute_find(struct attribute *found, struct iio_device *device, struct iio_channel *channel, const char *name)
{
    *found = (struct attribute){.device = device, .name = name};
    if (channel && iio_channel_find_attr(channel, name)) {
        found->channel = channel;
        return true;
    }
    return device && iio_device_find_attr(device, name);
}

int attribute_read(const struct attribute *attribute, char *text, size_t size)
{
    ssize_t n = attribute->channel ? iio_channel_attr_read(attribute->channel, attribute->name, text, size)
                                   : iio_device_attr_read(attribute->device, attribute->name, text, size);
    if (n < 0)
        return (int)n;
    text[(size_t)n < size ? (size_t)n : size - 1] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

int attribute_write(const struct attribute *attribute, const char *text)
{
    ssize_t n = attribute->channel ? iio_channel_attr_write(attribute->channel, attribute->name, text)
                                   : iio_device_attr_write(attribute->device, attribute->name, text);
    return n < 0 ? (int)n : 0;
}

int attribute_to_number(struct iio_device *device, struct iio_channel *channel, const char *name, double *number)
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

double attribute_number(struct iio_device *device, struct iio_channel *channel, const char *name)
{
    double number;
    return attribute_to_number(device, channel, name, &number) == 0 ? number : NAN;
}
