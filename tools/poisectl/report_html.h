// SPDX-License-Identifier: GPL-3.0-or-later
// The report's model (docs/report.md) as one HTML page that needs nothing else: no network, no script, no other file.
// It says first what can be trusted, then what was found and why, then how the session went over time, then the tables.
#ifndef POISE_POISECTL_REPORT_HTML_H
#define POISE_POISECTL_REPORT_HTML_H

#include <jansson.h>
#include <stdio.h>

// One session, or with the key `compare` two side by side. 0, or a negative errno of writing. Unknown keys are ignored,
// missing ones are left out.
__attribute__((warn_unused_result)) int report_html(FILE *out, const json_t *model);

#endif
