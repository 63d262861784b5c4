// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl subject list|show|delete: what is kept of each runner in the state directory. Needs no daemon.
#ifndef POISE_POISECTL_SUBJECT_H
#define POISE_POISECTL_SUBJECT_H

#include "cli.h"

extern const struct cli_page page_subject;

int poisectl_subject(int argc, char **argv); // the exit code

#endif
