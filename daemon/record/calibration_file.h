// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a calibration's file: JSON, the calibration (calibration_text.h) and whose it is: subject, rig, and the
// program that wrote it. Not RT-safe.
#ifndef POISE_RECORD_CALIBRATION_FILE_H
#define POISE_RECORD_CALIBRATION_FILE_H

#include "frames/calibration.h"

#include <stddef.h>

#define CALIBRATION_OWNER 64

struct calibration_owner { // plain names
    char subject[CALIBRATION_OWNER], rig[CALIBRATION_OWNER];
};

// To be freed, NULL without memory.
char *calibration_file_format(const struct calibration *calibration, const struct calibration_owner *owner);
// 0, or -EINVAL and in error a sentence that names key or line.
__attribute__((warn_unused_result)) int calibration_file_parse(struct calibration *calibration,
                                                               struct calibration_owner *owner, const char *text,
                                                               size_t size, char *error, size_t error_size);

#endif
