// SPDX-License-Identifier: GPL-3.0-or-later
// XDF 1.0 as a file format: what reader and writer have in common. A file is the word "XDF:" and chunks; a chunk is a
// length, a tag and its content; every number is little-endian. Nothing here knows what the streams mean.
// Format: https://github.com/sccn/xdf/wiki/Specifications
#ifndef POISE_XDF_XDF_H
#define POISE_XDF_XDF_H

#include <stdint.h>

enum xdf_format { XDF_STRING, XDF_INT8, XDF_INT16, XDF_INT32, XDF_INT64, XDF_FLOAT32, XDF_DOUBLE64 };

// No length in a file is believed beyond these.
#define XDF_MAX_XML      (4U << 20) // bytes of a header or footer
#define XDF_MAX_TEXT     (4U << 20) // bytes of all strings of one sample
#define XDF_MAX_CHANNELS 16384U
#define XDF_MAX_STREAMS  4096U

// What a StreamHeader chunk says. name and type are cut to their buffers.
struct xdf_stream {
    uint32_t id;
    enum xdf_format format;
    uint32_t n_channels;
    double nominal_rate_hz; // 0 for an irregular rate
    char name[128];
    char type[64];
};

#endif
