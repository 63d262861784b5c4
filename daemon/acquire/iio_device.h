// SPDX-License-Identifier: GPL-3.0-or-later
// What an IIO device says of itself. With source_iio.c and iio_setup.c the only files that know libiio; private to
// source_iio.c.
#ifndef POISE_ACQUIRE_IIO_DEVICE_H
#define POISE_ACQUIRE_IIO_DEVICE_H

#include "acquire/source_iio.h"

#include <iio.h>

struct device_channels {
    struct iio_channel *axis[N_CHANNELS]; // NULL: not there or not wanted
    struct iio_channel *stamp;
};

// A row for each device of context, in its order; NULL without memory. The caller frees.
struct acquire_listing *device_list(const struct iio_context *context, bool local, int *n_rows);
// Adds rate and scales, which are read from the device.
void device_list_values(struct iio_device *device, struct acquire_listing *row);
// Adds trigger and buffer, which only this machine's sysfs tells.
void device_list_local(struct acquire_listing *row);

// Enables what part wants of the device and the timestamp, reads the format.
__attribute__((warn_unused_result)) int device_take_channels(struct iio_device *device, enum device_part part,
                                                             struct device_channels *channels, struct source_info *info,
                                                             char reason[REASON_MAX]);
// Reads scale and offset of each axis, and the full scale they mean, into info.
__attribute__((warn_unused_result)) int device_read_scales(const struct device_channels *channels,
                                                           struct source_info *info, char reason[REASON_MAX]);
// configured, else the attribute of the device or its channels, else identity.
__attribute__((warn_unused_result)) int device_choose_mount(struct iio_device *device,
                                                            const struct device_channels *channels,
                                                            const double configured[9], struct source_info *info,
                                                            char reason[REASON_MAX]);

#endif
