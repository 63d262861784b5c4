// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl doctor: what can be wrong with a rig, looked at from outside the daemon: kernel, rights, devices, clocks,
// disk, heat, the daemon itself. Each check says what it found and, when that is not right, what to do. Everything is
// read below `root`, so that tests can show it machines that are not there. Private to doctor*.c.
#ifndef POISE_POISECTL_DOCTOR_H
#define POISE_POISECTL_DOCTOR_H

#include "config.h"
#include "ctl.h"

#include <jansson.h>
#include <limits.h>
#include <stddef.h>

enum doctor_level { DOCTOR_OK, DOCTOR_UNKNOWN, DOCTOR_WARN, DOCTOR_FAULT, N_DOCTOR_LEVELS };

struct doctor {
    const struct ctl *ctl;
    const char *root; // "" is this machine
    struct config config;
    bool has_local;   // a site is read from this machine's own IIO devices
    int daemon_pid;   // who holds the runtime directory, else any poised that runs, 0: none
    int consumers;    // devices that one trigger may serve
    char preempt[16]; // the way of preemption that the kernel was built for, "" when not known
    json_t *checks;   // with --json, else NULL
    int n[N_DOCTOR_LEVELS];
};

// One line. remedy: what to do, NULL when nothing is to be done.
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *area, const char *remedy,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

// root and path in one.
void doctor_path(const struct doctor *doctor, char out[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The beginning of a file, without the newline at its end; false, and "", when it cannot be read.
bool doctor_read(const struct doctor *doctor, char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool doctor_exists(const struct doctor *doctor, const char *path);
// The line of a file of lines "key…rest" that begins with key: what follows it, blanks skipped. False: none.
bool doctor_line(const struct doctor *doctor, const char *path, const char *key, char *rest, size_t size);
// The process of this name; 0: none runs.
int doctor_find_process(const struct doctor *doctor, const char *name);
int doctor_lock_holder(const struct doctor *doctor); // the daemon of the runtime directory; 0: none

void doctor_check_kernel(struct doctor *doctor);
void doctor_check_rights(struct doctor *doctor);
void doctor_check_devices(struct doctor *doctor);
void doctor_check_triggers(struct doctor *doctor);
void doctor_check_clocks(struct doctor *doctor);
void doctor_check_machine(struct doctor *doctor);
void doctor_check_disk(struct doctor *doctor);
void doctor_check_daemon(struct doctor *doctor);

// Measures wake-ups for seconds, says how they were and gives the figures for --json (NULL when nothing was measured).
json_t *doctor_measure(struct doctor *doctor, double seconds);

#endif
