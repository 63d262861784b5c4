// SPDX-License-Identifier: GPL-3.0-or-later
// Keys and signals while an exercise is led: single keys on a terminal, and signals fetched between requests so that
// none interrupts one. The terminal is as before after close.
#ifndef POISE_POISECTL_ASSESS_KEYS_H
#define POISE_POISECTL_ASSESS_KEYS_H

#include <stdbool.h>
#include <termios.h>

struct assess_keys {
    int signals; // descriptor
    bool listens;
    struct termios before;
};

// Blocks SIGINT, SIGTERM and SIGHUP, where whoever started us does not ignore them, and SIGPIPE. 0 or negative errno.
__attribute__((warn_unused_result)) int assess_keys_open(struct assess_keys *keys, bool interactive);
void assess_keys_close(struct assess_keys *keys);
// Waits so long at most. 0: nothing came; above: a key; below: minus the number of a signal.
int assess_keys_wait(struct assess_keys *keys, int timeout_ms);

#endif
