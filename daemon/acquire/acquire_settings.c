// SPDX-License-Identifier: GPL-3.0-or-later
// acquire.* and sites.NAME.*
#include "acquire/acquire.h"

#include <math.h>

static const char *const on_missing_names[] = {"wait", "exit", NULL};
static const char *const trigger_names[] = {"auto", "keep", NULL};

#define ROW(member) .offset = offsetof(struct acquire_params, member)

const struct setting acquire_settings[] = {
    {.key = "rate_hz",
     .type = SETTING_INT,
     ROW(rate_hz),
     .unit = "Hz",
     .def = 1000,
     .min = 25,
     .max = 4000,
     .sentence = "Sampling rate asked of every device; each takes the nearest it offers. Below 100 steps blur; above "
                 "1000 costs bus time and gains nothing"},
    {.key = "on_missing",
     .type = SETTING_CHOICE,
     ROW(on_missing),
     .choices = on_missing_names,
     .def = ON_MISSING_WAIT,
     .sentence = "A configured device that does not open: wait runs without it and keeps trying, exit ends the daemon "
                 "with status 1"},
    {.key = "block_samples",
     .type = SETTING_INT,
     ROW(block_samples),
     .def = 10,
     .min = 1,
     .max = RAW_BLOCK_MAX,
     .sentence = "Samples per read at rate_hz, fewer for slower devices. Small is prompt and costs processor time, "
                 "large adds its length to the latency"},
    {.key = "kernel_buffers",
     .type = SETTING_INT,
     ROW(kernel_buffers),
     .def = 8,
     .min = 2,
     .max = 64,
     .sentence = "Blocks the kernel may hold for a reader that is late; too few lose samples when the machine is busy"},
    {.key = "timeout_ms",
     .type = SETTING_INT,
     ROW(timeout_ms),
     .unit = "ms",
     .def = 1000,
     .min = 200,
     .max = 10000,
     .sentence = "A device without data for so long counts as lost and is opened anew"},
    {.key = "fifo_priority",
     .type = SETTING_INT,
     ROW(fifo_priority),
     .def = 50,
     .min = 0,
     .max = 90,
     .sentence = "SCHED_FIFO priority of the readers where the limits allow it; 0 uses none. Must lie above the "
                 "pipeline's so that a long computation does not lose samples"},
    {.key = "accel_range_g",
     .type = SETTING_REAL,
     ROW(accel_range_g),
     .unit = "g",
     .def = 16,
     .min = 1,
     .max = 64,
     .nullable = true,
     .sentence = "Full scale of the accelerometers; each takes the smallest it offers that holds this. Small values "
                 "clip at the foot strike, large ones coarsen the rest; null leaves the devices as they are"},
    {.key = "gyro_range_deg_s",
     .type = SETTING_REAL,
     ROW(gyro_range_deg_s),
     .unit = "deg/s",
     .def = 2000,
     .min = 100,
     .max = 8000,
     .nullable = true,
     .sentence = "Full scale of the gyroscopes; each takes the smallest it offers that holds this. Small values clip "
                 "in the swing of arm and foot, large ones coarsen the rest; null leaves the devices as they are"},
    {.key = "trigger",
     .type = SETTING_CHOICE,
     ROW(trigger),
     .choices = trigger_names,
     .def = TRIGGER_AUTO,
     .sentence =
         "What clocks a local: device that has no trigger set and no FIFO: auto takes the chip's own data-ready "
         "trigger, else makes an hrtimer trigger at rate_hz for each two devices; keep changes none"},
};
const size_t n_acquire_settings = sizeof acquire_settings / sizeof acquire_settings[0];

#undef ROW
#define TEXT(member)                                                                                                   \
    .type = SETTING_TEXT, .offset = offsetof(struct site_params, member),                                              \
    .size = sizeof((struct site_params *)0)->member, .nullable = true

const char *const acquire_uri_beginnings[] = {"local:", "ip:", "usb:", NULL};

const struct setting site_settings[] = {
    {.key = "uri",
     TEXT(uri),
     .choices = acquire_uri_beginnings,
     .sentence = "Where the device is: local:, ip:HOST, ip:HOST:PORT or usb:BUS.DEVICE.INTERFACE"},
    {.key = "label",
     TEXT(label),
     .sentence = "The device's label (device tree); both halves of a split chip share it. Without label and names the "
                 "name of the site is the label"},
    {.key = "name", TEXT(name), .sentence = "The device's name, as iio_info shows it, when it has no label"},
    {.key = "accel.name", TEXT(accel_name), .sentence = "Name of the accelerometer half of a split chip"},
    {.key = "accel.label", TEXT(accel_label), .sentence = "Label of the accelerometer half of a split chip"},
    {.key = "gyro.name", TEXT(gyro_name), .sentence = "Name of the gyroscope half of a split chip"},
    {.key = "gyro.label", TEXT(gyro_label), .sentence = "Label of the gyroscope half of a split chip"},
    {.key = "mount",
     .type = SETTING_REALS,
     .offset = offsetof(struct site_params, mount),
     .size = 9,
     .min = -1,
     .max = 1,
     .nullable = true,
     .sentence = "Rotation from the chip's axes to the site's (x forward, y left, z up when standing), row by row; "
                 "null takes the device's own mount_matrix, else none"},
    {.key = "parent",
     TEXT(parent),
     .sentence =
         "What a local: device hangs on, to tell equal chips apart without labels: 1-0068 is address 0x68 on I2C "
         "bus 1, spi0.1 the second chip of the first SPI bus. Both halves of a split chip share it"},
    {.key = "trigger",
     TEXT(trigger),
     .sentence = "Name of the trigger that clocks a local: device; null leaves the choice to acquire.trigger"},
    {.key = "accel_range_g",
     .type = SETTING_REAL,
     .offset = offsetof(struct site_params, accel_range_g),
     .unit = "g",
     .def = NAN,
     .min = 1,
     .max = 64,
     .nullable = true,
     .sentence = "Full scale of this site's accelerometer; null takes acquire.accel_range_g"},
    {.key = "gyro_range_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct site_params, gyro_range_deg_s),
     .unit = "deg/s",
     .def = NAN,
     .min = 100,
     .max = 8000,
     .nullable = true,
     .sentence = "Full scale of this site's gyroscope; null takes acquire.gyro_range_deg_s"},
};
const size_t n_site_settings = sizeof site_settings / sizeof site_settings[0];
