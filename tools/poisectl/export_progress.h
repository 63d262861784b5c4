// SPDX-License-Identifier: GPL-3.0-or-later
// How far an export is, for the operator, and whether it was told to stop.
#ifndef POISE_POISECTL_EXPORT_PROGRESS_H
#define POISE_POISECTL_EXPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct export_progress {
    const char *label;
    uint64_t file_bytes;
    int passes, pass; // readings of the file, and the one under way, from 0
    bool wanted, terminal;
    int shown_pct;
};

// SIGINT, SIGTERM and SIGHUP only set the flag from now on; a limit of file size is an error, not a signal.
void export_watch_signals(void);
int export_stopped(void); // the signal's number, 0: go on

void export_progress_begin(struct export_progress *progress, const char *label, uint64_t file_bytes, bool forced);
void export_progress_show(struct export_progress *progress, uint64_t offset);
void export_progress_end(struct export_progress *progress); // clears the line of a terminal

#endif
