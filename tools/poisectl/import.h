// SPDX-License-Identifier: GPL-3.0-or-later
// `poisectl import`: tables of numbers (CSV, plain or .xz) into a Poise log, one IMU source per site.
#ifndef POISE_POISECTL_IMPORT_H
#define POISE_POISECTL_IMPORT_H

#include "cli.h"

extern const struct cli_page page_import;

// argv[0] is "import". Returns the exit code: 0 done, 1 failure while writing, 64 usage, 66 input unusable.
int poisectl_import(int argc, char **argv);

#endif
