// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of a runner (struct runner_history) as JSON, for the log and for the state directory's file. Only cells
// that know something are written. Reading trusts nothing: version, names, ranges, keys that are not known or there
// twice, the same cell twice. Numbers come back bit for bit. Not RT-safe.
#ifndef POISE_RECORD_HISTORY_TEXT_H
#define POISE_RECORD_HISTORY_TEXT_H

#include "frames/finding.h"

#include <jansson.h>
#include <stddef.h>

#define HISTORY_VERSION 1

void history_clear(struct runner_history *history); // nothing known

// A new object; NULL without memory.
json_t *history_object(const struct runner_history *history);

// 0, or -EINVAL and in error a sentence that names the key. besides: keys that may stand beside a history's own
// (NULL-terminated). On error *history is unchanged.
__attribute__((warn_unused_result)) int history_read(struct runner_history *history, const json_t *object,
                                                     const char *const *besides, char *error, size_t error_size);

#endif
