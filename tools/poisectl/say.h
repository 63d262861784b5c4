// SPDX-License-Identifier: GPL-3.0-or-later
// What poisectl says when something is wrong: "poisectl: …" on stderr, or with --json an object {"ok": false, "error":
// "…"} on stdout, so that a program reads the failure where it reads the result. Control characters of names and
// answers are shown as \xNN.
#ifndef POISE_POISECTL_SAY_H
#define POISE_POISECTL_SAY_H

#include <jansson.h>
#include <stdbool.h>

void say_as_json(bool json);
bool say_is_json(void);

// An error. Returns 1, the exit code of what failed or was refused.
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
// An error in the command line, with where to read more; verb may be NULL. Returns 64.
int ctl_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
// On stderr in any case.
void ctl_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

// One line of JSON in ASCII, takes object. The exit code: 1 when it cannot be written.
int ctl_print(json_t *object);

#endif
