// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a history's file: JSON, the history (history_text.h), whose it is and the program that wrote it. Private
// to record/, its store and its fuzz target.
#ifndef POISE_RECORD_HISTORY_FILE_H
#define POISE_RECORD_HISTORY_FILE_H

#include "frames/finding.h"

#include <stddef.h>

#define HISTORY_SUBJECT 64

char *history_file_format(const struct runner_history *history, const char *subject); // to be freed; NULL: no memory
// 0, or -EINVAL and in error a sentence that names key or line; then *history is unchanged.
__attribute__((warn_unused_result)) int history_file_parse(struct runner_history *history,
                                                           char subject[HISTORY_SUBJECT], const char *text, size_t size,
                                                           char *error, size_t error_size);

#endif
