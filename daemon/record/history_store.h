// SPDX-License-Identifier: GPL-3.0-or-later
// A runner's history in DIR/history/SUBJECT.json, so that the next session knows the usual. Written aside, synced and
// renamed. Not RT-safe.
#ifndef POISE_RECORD_HISTORY_STORE_H
#define POISE_RECORD_HISTORY_STORE_H

#include "frames/finding.h"

#include <stddef.h>

#define HISTORY_PATH 1024

// subject may be NULL or "": "anyone". -EINVAL: no plain name; -ENAMETOOLONG.
__attribute__((warn_unused_result)) int history_store_path(char path[HISTORY_PATH], const char *dir,
                                                           const char *subject, char *error, size_t error_size);
// 0; -ENOENT: there is none; else negative errno and a sentence that names the file, and line or key. On error
// *history is unchanged.
__attribute__((warn_unused_result)) int history_store_load(struct runner_history *history, const char *dir,
                                                           const char *subject, char *error, size_t error_size);
__attribute__((warn_unused_result)) int history_store_save(const struct runner_history *history, const char *dir,
                                                           const char *subject, char *error, size_t error_size);

#endif
