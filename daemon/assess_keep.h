// SPDX-License-Identifier: GPL-3.0-or-later
// Guided assessments in the state directory, with the subject: the session's, else the configuration's. Written
// whenever a repetition or a part is done, at most once a second, so that a crash loses nothing that was done. The
// pipeline thread notices and hands over through a ring; main writes.
#ifndef POISE_ASSESS_KEEP_H
#define POISE_ASSESS_KEEP_H

#include "frames/log_event.h"
#include "frames/output.h"

struct assess_keep;

// dir is the state directory; NULL: nothing is written. 0 or -ENOMEM.
__attribute__((warn_unused_result)) int assess_keep_create(struct assess_keep **out, const char *dir);
void assess_keep_destroy(struct assess_keep *keep); // accepts NULL

// Main, while no pipeline runs: the configuration's names; subject may be "", rig NULL: it stays.
void assess_keep_begin(struct assess_keep *keep, const char *subject, const char *rig);
// Pipeline thread: every command of the log, and every output. RT-safe.
void assess_keep_command(struct assess_keep *keep, const struct command *command);
void assess_keep_watch(struct assess_keep *keep, const struct output *output);

void assess_keep_save(struct assess_keep *keep);   // main, now and then
void assess_keep_settle(struct assess_keep *keep); // main, when the pipeline thread has ended

#endif
