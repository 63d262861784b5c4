// SPDX-License-Identifier: GPL-3.0-or-later
// Sets an IIO device up before its buffer starts: rate, full scale, clock of the stamps. What is right already is not
// written: the other half of a split chip may be running, and a write would be refused. What a driver refuses goes
// into info's note, with what it offers, and the device runs as it is. Part of source_iio.c's knowledge of libiio and
// private to it.
#ifndef POISE_ACQUIRE_IIO_SETUP_H
#define POISE_ACQUIRE_IIO_SETUP_H

#include "acquire/iio_device.h"

// Sets the clock of the trigger that a distant device names; NaN when it has none that ticks by itself. For local:
// devices trigger.h does this: a context is a snapshot, and made triggers are not in it.
double setup_trigger_clock(struct iio_context *context, struct iio_device *device, int wanted_hz,
                           struct source_info *info);
// clock_hz: of the trigger that reads the chip out, then the chip must not be slower; NaN: the chip is its own clock.
void setup_rate(struct iio_device *device, const struct device_channels *channels, int wanted_hz, double clock_hz,
                struct source_info *info);
// The smallest full scale offered that holds what is wanted, in g and deg/s; NaN leaves it. Before device_read_scales.
void setup_ranges(struct iio_device *device, const struct device_channels *channels, double accel_range_g,
                  double gyro_range_deg_s, struct source_info *info);
void setup_clock(struct iio_device *device, struct source_info *info);

// Full scale in the unit of setup_ranges that a scale means for this channel.
double setup_full_scale(const struct iio_channel *channel, double scale);

#endif
