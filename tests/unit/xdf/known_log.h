// SPDX-License-Identifier: GPL-3.0-or-later
// A small recording with closed-form values, for readers by others.
#ifndef POISE_TESTS_KNOWN_LOG_H
#define POISE_TESTS_KNOWN_LOG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KNOWN_STREAMS 3 // int16 with 6 channels, float32 with 3 (accelerometer only), float64 with 3 (gyro only)
#define KNOWN_SAMPLES 2500
#define KNOWN_TICKS   25

extern const char *const known_names[KNOWN_STREAMS];
extern const int known_channels[KNOWN_STREAMS];

int64_t known_stamp_ns(int stream, int i);
double known_stamp_s(int stream, int i);
double known_value(int stream, int channel, int i); // exact in float

#ifdef __cplusplus
}
#endif

#endif
