// SPDX-License-Identifier: GPL-3.0-or-later
// What the arguments of a report mean: files, parts of a recording and the parts beside them, sessions in a folder of
// recordings. Each recording, or session, is one report.
#ifndef POISE_POISECTL_REPORT_FIND_H
#define POISE_POISECTL_REPORT_FIND_H

#include "report_options.h"

#include <stddef.h>

#define REPORT_SIDES 2

struct report_files {
    char **path; // [n], in the order of their parts
    size_t n;
    char session[40]; // the one that is wanted, "": any
};

// How many reports the arguments ask for, 1 or 2, or the negated exit code; then the error has been told. files is to
// be freed with report_files_finish in any case.
int report_find(const struct report_options *options, struct report_files files[REPORT_SIDES]);
void report_files_finish(struct report_files *files);

const char *report_base_name(const char *path);

#endif
