// SPDX-License-Identifier: GPL-3.0-or-later
// The file of a calibration: JSON, one per subject and rig, DIR/calibration/SUBJECT@RIG.json ('@' is in no name, so no
// two pairs share a file). It is written aside, synced and renamed, so that a power cut leaves the old file or the new
// one. Reading trusts nothing: version, owner, ranges, unit quaternions, mounts that are rotations. Not RT-safe: main
// thread only.
#ifndef POISE_RECORD_CALIBRATION_STORE_H
#define POISE_RECORD_CALIBRATION_STORE_H

#include "frames/calibration.h"

#include <stddef.h>

#define CALIBRATION_VERSION 1
#define CALIBRATION_PATH    1024

// subject may be NULL or "": "anyone". -EINVAL: subject or rig is not a plain name; -ENAMETOOLONG.
__attribute__((warn_unused_result)) int calibration_store_path(char path[CALIBRATION_PATH], const char *dir,
                                                               const char *subject, const char *rig, char *error,
                                                               size_t error_size);

// 0; -ENOENT: there is none; else negative errno. error gets a sentence that names the file, and line or key. On error
// *calibration is unchanged.
__attribute__((warn_unused_result)) int calibration_store_load(struct calibration *calibration, const char *dir,
                                                               const char *subject, const char *rig, char *error,
                                                               size_t error_size);
// Makes DIR/calibration when it is not there. What could not be loaded again is refused.
__attribute__((warn_unused_result)) int calibration_store_save(const struct calibration *calibration, const char *dir,
                                                               const char *subject, const char *rig, char *error,
                                                               size_t error_size);

#endif
