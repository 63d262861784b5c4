// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/iio_setup.h"

#include "acquire/attribute_text.h"
#include "acquire/iio_attribute.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define G_M_S2      9.80665
#define DEG_RAD     0.017453292519943295
#define RANGE_SLACK 0.03 // as scale_at_least

// The first accelerometer or gyro channel in use; its attributes stand for those shared by type.
static struct iio_channel *first_channel(const struct device_channels *channels, int from, int to)
{
    for (int i = from; i <= to; i++)
        if (channels->axis[i])
            return channels->axis[i];
    return NULL;
}

// Sets one sampling_frequency to the nearest offered, or to one not below wanted_hz, and returns what it then reads,
// NaN when there is none.
static double set_rate(struct iio_device *device, struct iio_channel *channel, int wanted_hz, bool at_least,
                       struct source_info *info)
{
    struct attribute rate, offer;
    char text[512] = "", set[32];
    if (!attribute_find(&rate, device, channel, "sampling_frequency"))
        return NAN;
    double target = wanted_hz;
    if (attribute_find(&offer, device, channel, "sampling_frequency_available") &&
        attribute_read(&offer, text, sizeof text) == 0) {
        double offered = at_least ? rate_at_least(text, wanted_hz) : rate_nearest(text, wanted_hz);
        target = isfinite(offered) ? offered : target;
    }
    double now = attribute_number(device, channel, "sampling_frequency");
    if (isfinite(now) && fabs(now - target) < 1e-3 * target)
        return now;
    snprintf(set, sizeof set, "%g", target);
    int rc = attribute_write(&rate, set);
    now = attribute_number(device, channel, "sampling_frequency");
    if (rc != 0)
        source_note(info, "refuses %s Hz (%s), stays at %g Hz%s%.60s", set, strerror(-rc), now,
                    text[0] != '\0' ? ", offers " : "", text);
    return now;
}

double setup_trigger_clock(struct iio_context *context, struct iio_device *device, int wanted_hz,
                           struct source_info *info)
{
    const struct iio_device *trigger = NULL;
    if (iio_device_get_trigger(device, &trigger) != 0 || !trigger)
        return NAN;
    const char *id = iio_device_get_id(trigger);
    struct iio_device *clock = id ? iio_context_find_device(context, id) : NULL;
    return clock ? set_rate(clock, NULL, wanted_hz, false, info) : NAN;
}

void setup_rate(struct iio_device *device, const struct device_channels *channels, int wanted_hz, double clock_hz,
                struct source_info *info)
{
    struct iio_channel *acc = first_channel(channels, CH_ACC_X, CH_ACC_Z);
    struct iio_channel *gyro = first_channel(channels, CH_GYRO_X, CH_GYRO_Z);
    bool clocked = clock_hz > 0; // false for NaN
    int asked_hz = clocked ? (int)lround(clock_hz) : wanted_hz;
    double rate = set_rate(device, acc ? acc : gyro, asked_hz, clocked, info);
    if (acc && gyro && iio_channel_find_attr(gyro, "sampling_frequency"))
        rate = fmin(rate, set_rate(device, gyro, asked_hz, clocked, info));
    // Where a trigger clocks the buffer its rate is the rate of the samples, whatever the chip's own is.
    if (clocked && rate < clock_hz * 0.99)
        source_note(info, "the chip makes %g samples a second and its trigger reads %g: some come twice", rate,
                    clock_hz);
    rate = clocked ? clock_hz : rate;
    info->desc.rate_hz = isfinite(rate) && rate > 0 ? rate : 0;
    if (info->desc.rate_hz > 0 && fabs(info->desc.rate_hz - wanted_hz) > 0.005 * wanted_hz)
        source_note(info, "runs at %g Hz, %d were asked", info->desc.rate_hz, wanted_hz);
}

static bool is_gyro(const struct iio_channel *channel)
{
    return iio_channel_get_type(channel) == IIO_ANGL_VEL;
}

double setup_full_scale(const struct iio_channel *channel, double scale)
{
    const struct iio_data_format *format = iio_channel_get_data_format(channel);
    return fabs(scale) * ldexp(1, (int)format->bits - 1) / (is_gyro(channel) ? DEG_RAD : G_M_S2);
}

// ", offers 2 4 8 16" in units of full scale, or "".
static void list_ranges(const struct iio_channel *channel, const char *available, char *list, size_t size)
{
    size_t used = 0;
    list[0] = '\0';
    for (char *end; *available != '\0'; available = end) {
        double scale = strtod(available, &end);
        if (end == available || used + 16 > size)
            break;
        used += (size_t)snprintf(list + used, size - used, "%s%.4g", used > 0 ? " " : ", offers ",
                                 setup_full_scale(channel, scale));
    }
}

// One axis; where the scale is shared by type the next ones are right already. False: refused or not as asked, and
// noted, so that the next axes need not say it again.
static bool set_range(struct iio_device *device, struct iio_channel *channel, double wanted, struct source_info *info)
{
    const char *unit = is_gyro(channel) ? "deg/s" : "g", *what = is_gyro(channel) ? "gyroscope" : "accelerometer";
    struct attribute scale, offer;
    char text[512] = "", list[96], set[32] = "";
    if (!attribute_find(&scale, NULL, channel, "scale"))
        return true; // said by who reads the scales
    double now = attribute_number(NULL, channel, "scale"), target = NAN;
    if (attribute_find(&offer, device, channel, "scale_available") && attribute_read(&offer, text, sizeof text) == 0)
        target = scale_at_least(text, wanted / setup_full_scale(channel, 1), set);
    int rc = 0;
    if (isfinite(target) && !(fabs(now - target) < 5e-3 * target)) {
        rc = attribute_write(&scale, set);
        now = attribute_number(NULL, channel, "scale");
    }
    double full = setup_full_scale(channel, now);
    list_ranges(channel, text, list, sizeof list);
    if (rc != 0)
        source_note(info, "%s refuses %.4g %s (%s), stays at %.4g%s", what, setup_full_scale(channel, target), unit,
                    strerror(-rc), full, list);
    else if (isfinite(full) && (full < wanted * (1 - RANGE_SLACK) || fabs(now - target) > 5e-3 * target))
        source_note(info, "%s clips at %.4g %s, %g were asked%s", what, full, unit, wanted, list);
    else
        return true;
    return false;
}

void setup_ranges(struct iio_device *device, const struct device_channels *channels, double accel_range_g,
                  double gyro_range_deg_s, struct source_info *info)
{
    bool accel = accel_range_g > 0, gyro = gyro_range_deg_s > 0; // false for NaN
    for (int c = CH_ACC_X; c <= CH_ACC_Z; c++)
        if (accel && channels->axis[c])
            accel = set_range(device, channels->axis[c], accel_range_g, info);
    for (int c = CH_GYRO_X; c <= CH_GYRO_Z; c++)
        if (gyro && channels->axis[c])
            gyro = set_range(device, channels->axis[c], gyro_range_deg_s, info);
}

void setup_clock(struct iio_device *device, struct source_info *info)
{
    struct attribute clock;
    char text[64] = "";
    if (!attribute_find(&clock, device, NULL, "current_timestamp_clock")) {
        source_note(info, "does not state its timestamps' clock; taken for monotonic");
        return;
    }
    if (attribute_read(&clock, text, sizeof text) == 0 && strcmp(text, "monotonic") == 0)
        return;
    int rc = attribute_write(&clock, "monotonic");
    int read_back = attribute_read(&clock, text, sizeof text);
    if (rc != 0 || read_back != 0 || strcmp(text, "monotonic") != 0)
        source_note(info, "stamps stay on clock '%.20s' instead of monotonic", text);
}
