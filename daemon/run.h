// SPDX-License-Identifier: GPL-3.0-or-later
// The two ways to run: from a recording, and live. Each returns poised's exit code.
#ifndef POISE_RUN_H
#define POISE_RUN_H

#include "config.h"
#include "frames/output.h"
#include "options.h"

// Defaults, then the recording's own settings (NULL for none) or the file of -c (or the default file when use_etc),
// then
// --set. 0 or negative errno with a sentence in error.
__attribute__((warn_unused_result)) int run_load_config(const struct options *options, bool use_etc,
                                                        const char *recorded, struct config *config,
                                                        char error[SETTINGS_ERROR]);

int run_replay(const struct options *options, const struct config *config);
int run_live(const struct options *options, struct config *config);

// The closing line: what became of the samples.
void run_say_balance(const struct sample_counters *counters);

// Opens the file of --emit; NULL without one. *failed tells an error, already logged.
FILE *run_open_emit(const char *path, bool *failed);
// Flushes and closes it; negative errno when something could not be written.
int run_close_emit(FILE *emit);

#endif
