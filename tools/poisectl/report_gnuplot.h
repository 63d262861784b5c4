// SPDX-License-Identifier: GPL-3.0-or-later
// gnuplot as a child: a script in, its SVG out. It reads none of the user's settings and gets no text of a recording.
#ifndef POISE_POISECTL_REPORT_GNUPLOT_H
#define POISE_POISECTL_REPORT_GNUPLOT_H

#include <stddef.h>
#include <stdio.h>

// script: as it was written, at any position. *svg: malloc'd text. 0 or negative errno with a sentence in why;
// -ENOENT: there is no gnuplot.
__attribute__((warn_unused_result)) int gnuplot_draw(FILE *script, char **svg, char *why, size_t why_size);

#endif
