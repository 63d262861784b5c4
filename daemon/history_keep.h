// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of each runner (struct runner_history): who runs is the session's subject, else the configuration's. It
// is an event of the log whenever another one runs, and a file in the state directory that follows what the pipeline
// finds. Main reads and writes the files; the pipeline thread hands over and takes through rings.
#ifndef POISE_HISTORY_KEEP_H
#define POISE_HISTORY_KEEP_H

#include "frames/finding.h"

#include <stdbool.h>
#include <stdint.h>

struct history_keep;

// dir is the state directory; NULL: nothing is read, carried or written. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int history_keep_create(struct history_keep **out, const char *dir);
void history_keep_destroy(struct history_keep *keep); // accepts NULL

// Main, while no pipeline runs: what its log opens with. The same subject as before goes on where the last pipeline
// ended; another one's file is read. subject may be "".
void history_keep_begin(struct history_keep *keep, const char *subject);
// NULL: nothing is known of the runner. What it points to stays until destroy.
const struct runner_history *history_keep_opening(const struct history_keep *keep);

// Main: subject runs from now on; does nothing when he did before.
void history_keep_switch(struct history_keep *keep, const char *subject);
// Pipeline thread, after every event: the history of another runner, to go into the log; NULL: none. RT-safe. It stays
// until destroy.
const struct runner_history *history_keep_take(struct history_keep *keep);
// Pipeline thread: the history as findings has it, whose changes counts. RT-safe.
void history_keep_watch(struct history_keep *keep, const struct runner_history *history, uint32_t changes);
// Pipeline thread, at its end: the history as it stands.
void history_keep_close(struct history_keep *keep, const struct runner_history *history);

void history_keep_save(struct history_keep *keep);   // main, now and then
void history_keep_settle(struct history_keep *keep); // main, when the pipeline thread has ended

#endif
