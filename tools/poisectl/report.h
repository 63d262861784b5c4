// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl report: a session on one page, or two side by side. Arguments become files (report_find.h), their published
// objects data (report_read.h, report_data.h), these a model (report_view.h, docs/report.md), from which the pages are
// written (report_private.h).
#ifndef POISE_POISECTL_REPORT_H
#define POISE_POISECTL_REPORT_H

#include "cli.h"

extern const struct cli_page page_report;
int poisectl_report(int argc, char **argv); // the exit code

#endif
