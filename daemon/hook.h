// SPDX-License-Identifier: GPL-3.0-or-later
// findings.on_finding: a program of the operator's that buzzes, speaks or lights a lamp when a finding rises, changes
// or goes. It runs without a shell, one at a time, with a time limit, as a child of main's: never in a real-time
// thread, and nothing waits for it. Of a factor only the newest change is kept while another one's program runs.
//
//   PROGRAM CAUSE FACTOR LEVEL
//
// with POISE_RIG, POISE_CAUSE, POISE_FACTOR, POISE_LEVEL, POISE_SCORE, POISE_SAYS and POISE_ADVICE in its environment,
// a standard input that is empty, and the daemon's standard error for both outputs.
#ifndef POISE_HOOK_H
#define POISE_HOOK_H

#include "frames/output.h"

#include <stdbool.h>

struct hook;

__attribute__((warn_unused_result)) int hook_create(struct hook **out, const char *rig); // 0 or -ENOMEM
// Main: the program from now on, "" for none. What runs may end.
void hook_set(struct hook *hook, const char *program, double limit_s);
// Pipeline thread, every output; RT-safe.
void hook_watch(struct hook *hook, const struct output *output);
void hook_run(struct hook *hook);     // main, a few times a second: starts, reaps, ends what takes too long
void hook_destroy(struct hook *hook); // ends what runs; accepts NULL

#endif
