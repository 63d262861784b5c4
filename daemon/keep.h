// SPDX-License-Identifier: GPL-3.0-or-later
// What outlives a pipeline: the calibration in force. It is what the next log opens with, after a reload as it was and
// after a start from the state directory (segment.calibration: stored), and every new one is kept there.
// The pipeline thread notices a new one and hands it over through a ring; main writes the file. No pipeline thread runs
// during keep_begin, so what it wrote before is main's to read.
#ifndef POISE_KEEP_H
#define POISE_KEEP_H

#include "config.h"
#include "frames/output.h"

struct keep;

// dir is the state directory; NULL: nothing is read, carried or written. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int keep_create(struct keep **out, const char *dir);
void keep_destroy(struct keep *keep); // accepts NULL

// Main, before a pipeline of this configuration starts: decides what its log opens with and says what was not found.
// The rig stays that of the first call, as its topics do. recorded: what a recording says itself, whatever the state
// directory holds; else NULL.
void keep_begin(struct keep *keep, const struct config *config, const struct calibration *recorded);
// Comes directly after LOG_SETTINGS; NULL: nothing. Valid until the next keep_begin.
const struct calibration *keep_opening(const struct keep *keep);

void keep_watch(struct keep *keep, const struct output *output); // pipeline thread, every output; RT-safe
void keep_save(struct keep *keep);                               // main, now and then
void keep_settle(struct keep *keep);                             // main, when the pipeline thread has ended

#endif
