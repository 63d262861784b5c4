// SPDX-License-Identifier: GPL-3.0-or-later
// gnuplot's SVG made fit for a page: only shapes and text pass, each colour that stands for a role becomes a variable
// of the page (so that light and dark are the page's choice), points become circles, ids and scripts do not pass at
// all.
#ifndef POISE_POISECTL_REPORT_SVG_H
#define POISE_POISECTL_REPORT_SVG_H

#include <stddef.h>

// Roles are written as colours "#0000NN" in a script.
enum svg_role {
    SVG_AXIS = 1,
    SVG_GRID,
    SVG_TEXT,
    SVG_SHADE,  // of every other phase
    SVG_TIRED,  // of the fatigued one
    SVG_FIRST,  // the first line of a plot, left
    SVG_SECOND, // the second line, right
    SVG_BAND,   // between low and high
    SVG_NOTICE,
    SVG_WARN,
    SVG_MARK,
    SVG_PAPER,
    N_SVG_ROLES
};

// What is drawn inside each <svg> of text, in order: malloc'd, at most max of them in content. The number of documents
// found, or a negative errno.
int svg_content(const char *text, char **content, int max);

#endif
