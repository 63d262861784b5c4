// SPDX-License-Identifier: GPL-3.0-or-later
// What every subcommand of poisectl is given, and the subcommands. Each returns the exit code: 0 done, 1 no answer,
// refused or failed, 64 usage, 128 and more by a signal. Errors are told through say.h.
#ifndef POISE_POISECTL_CTL_H
#define POISE_POISECTL_CTL_H

#include "say.h"

#include <stdbool.h>

struct ctl {
    const char *runtime_dir;
    const char *endpoint;  // where to subscribe, NULL: the runtime directory's socket
    const char *curve;     // folder of keys or a secret key's file for endpoint, NULL: not encrypted
    const char *config;    // of doctor, NULL: the default file
    const char *root;      // of doctor, NULL: this machine
    double rt_seconds;     // of doctor, 0: no measurement
    const char *uri;       // of libiio, NULL: ask the daemon
    const char *state_dir; // of assess, NULL: the environment's or the default
    bool json, once, no_wait, follow, all, lying, list;
    int method;     // of calibrate, enum calibrate_method; -1: none was named
    long count;     // messages, 0: no limit
    double seconds; // 0: no limit
    int argc;       // arguments behind the options
    char **argv;
};

int ctl_sub(const struct ctl *ctl);
int ctl_top(const struct ctl *ctl);
int ctl_status(const struct ctl *ctl);
int ctl_snapshot(const struct ctl *ctl);
int ctl_devices(const struct ctl *ctl);
int ctl_doctor(const struct ctl *ctl);
int ctl_mark(const struct ctl *ctl);
int ctl_speed(const struct ctl *ctl);
int ctl_calibrate(const struct ctl *ctl);
int ctl_record(const struct ctl *ctl);
int ctl_session(const struct ctl *ctl);
int ctl_assess(const struct ctl *ctl);
int ctl_findings(const struct ctl *ctl);

#endif
