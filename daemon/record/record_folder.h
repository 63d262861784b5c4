// SPDX-License-Identifier: GPL-3.0-or-later
// The folder of recordings: files RIG_UTC_NNN.xdf, "lab_20261121T181026.123Z_001.xdf". Ours are those with a name just
// so and this rig's; no other is ever counted or deleted. Not RT-safe.
#ifndef POISE_RECORD_RECORD_FOLDER_H
#define POISE_RECORD_RECORD_FOLDER_H

#include <stdint.h>

#define RECORD_STAMP 20 // "20261121T181026.123Z" without its NUL

void record_folder_stamp(int64_t utc_ns, char stamp[RECORD_STAMP + 1]);

// Makes a file that was not there, and the folder when its parent is. Descriptor, or negative errno: -EEXIST, …
__attribute__((warn_unused_result)) int record_folder_open(const char *dir, const char *rig, const char *stamp,
                                                           uint32_t number, char *path, int path_size);

// Deletes the oldest of our files until all together have at most that many bytes; never the file `writing`. Returns
// how many were deleted, or the negative errno of a file that could not be.
int record_folder_trim(const char *dir, const char *rig, uint64_t max_bytes, const char *writing);

#endif
