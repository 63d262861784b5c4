// SPDX-License-Identifier: GPL-3.0-or-later
// The file of a calibration: JSON, one per subject and rig, DIR/calibration/SUBJECT-RIG.json. It is written aside,
// synced and renamed, so that a power cut leaves the old file or the new one. Reading trusts nothing: version, ranges,
// unit quaternions, mounts that are rotations. Not RT-safe: main thread only.
#ifndef POISE_RECORD_CALIBRATION_STORE_H
#define POISE_RECORD_CALIBRATION_STORE_H

#include "frames/calibration.h"

#include <stddef.h>

#define CALIBRATION_VERSION 1

// 0; -ENOENT: there is none; else negative errno. error gets a sentence that names the file, and line or key.
// subject may be NULL or "": "anyone".
__attribute__((warn_unused_result)) int calibration_store_load(struct calibration *calibration, const char *dir,
                                                               const char *subject, const char *rig, char *error,
                                                               size_t error_size);
__attribute__((warn_unused_result)) int calibration_store_save(const struct calibration *calibration, const char *dir,
                                                               const char *subject, const char *rig, char *error,
                                                               size_t error_size);

#endif
