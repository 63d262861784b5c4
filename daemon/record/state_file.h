// SPDX-License-Identifier: GPL-3.0-or-later
// Small files of the state directory: read whole, replaced whole. Private to record/. Not RT-safe.
#ifndef POISE_RECORD_STATE_FILE_H
#define POISE_RECORD_STATE_FILE_H

#include <stddef.h>

#define STATE_FILE_MAX  (512 * 1024) // bytes
#define STATE_FILE_PATH 1024

// The whole file with a NUL behind it, to be freed; NULL and negative errno in *rc, -EFBIG also for what is no file.
char *state_file_read(const char *path, size_t *size, int *rc);
// Written aside, synced and renamed, so that a power cut leaves the old file or the new one; mode 0640 in a folder
// 0750, which is made when its parent is there. 0 or negative errno.
__attribute__((warn_unused_result)) int state_file_replace(const char *path, const char *text);
// Removed for good, a power cut included. 0, also when there was none, or negative errno.
__attribute__((warn_unused_result)) int state_file_remove(const char *path);

#endif
