// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_progress.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number;
}

void export_watch_signals(void)
{
    const struct sigaction stop = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

int export_stopped(void)
{
    return stopped;
}

void export_progress_begin(struct export_progress *progress, const char *label, uint64_t file_bytes, bool forced)
{
    *progress = (struct export_progress){.label = label, .file_bytes = file_bytes, .passes = 1, .shown_pct = -1};
    progress->terminal = isatty(STDERR_FILENO);
    progress->wanted = progress->terminal || forced;
}

void export_progress_show(struct export_progress *progress, uint64_t offset)
{
    if (!progress->wanted || progress->file_bytes == 0)
        return;
    double share = (double)offset / (double)progress->file_bytes;
    int pct = (int)(100.0 * (progress->pass + (share < 1 ? share : 1)) / progress->passes);
    int step = progress->terminal ? 1 : 10;
    if (pct < progress->shown_pct + (progress->shown_pct < 0 ? 1 : step))
        return;
    progress->shown_pct = pct;
    fprintf(stderr, progress->terminal ? "\r%s: %3d %%" : "%s: %d %%\n", progress->label, pct);
}

void export_progress_end(struct export_progress *progress)
{
    if (progress->wanted && progress->terminal && progress->shown_pct >= 0)
        fputs("\r\033[K", stderr);
}
