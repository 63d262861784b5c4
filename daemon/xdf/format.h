// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of XDF 1.0 shared by reader and writer inside this room.
#ifndef POISE_XDF_FORMAT_H
#define POISE_XDF_FORMAT_H

#include "xdf/xdf.h"

#include <stddef.h>

#define XDF_MAGIC       "XDF:"
#define XDF_MAGIC_BYTES 4U

enum xdf_tag {
    XDF_TAG_FILE_HEADER = 1,
    XDF_TAG_STREAM_HEADER,
    XDF_TAG_SAMPLES,
    XDF_TAG_CLOCK_OFFSET,
    XDF_TAG_BOUNDARY,
    XDF_TAG_STREAM_FOOTER,
};

#define XDF_UUID_BYTES 16U
static const unsigned char xdf_boundary_uuid[XDF_UUID_BYTES] = {0x43, 0xA5, 0x46, 0xDC, 0xCB, 0xF5, 0x41, 0x0F,
                                                                0xB3, 0x0E, 0xD5, 0x46, 0x73, 0x83, 0xCB, 0xE4};

static const struct {
    const char *name;
    size_t bytes; // 0: a length goes before each value
} xdf_formats[] = {
    [XDF_STRING] = {"string", 0},     [XDF_INT8] = {"int8", 1},   [XDF_INT16] = {"int16", 2},
    [XDF_INT32] = {"int32", 4},       [XDF_INT64] = {"int64", 8}, [XDF_FLOAT32] = {"float32", 4},
    [XDF_DOUBLE64] = {"double64", 8},
};
#define XDF_N_FORMATS (sizeof xdf_formats / sizeof xdf_formats[0])

#endif
