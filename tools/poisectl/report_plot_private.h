// SPDX-License-Identifier: GPL-3.0-or-later
// Between the files that write the script of a report's plots.
#ifndef POISE_POISECTL_REPORT_PLOT_PRIVATE_H
#define POISE_POISECTL_REPORT_PLOT_PRIVATE_H

#include "report_plot.h"
#include "report_svg.h"

#include <stdio.h>

#define PLOT_MAX (2 * PLOT_PANELS + 3 + PLOT_ASSESSMENTS)
// One role of a colour as gnuplot writes it.
#define ROLE "\"#%06x\""

struct plot_script {
    FILE *file;
    const json_t *model;
    double until_s; // of the time axis
    struct plot_picture *drawn[PLOT_MAX];
    int n_drawn;
};

struct plot_axis {
    double from, to, step;
};

// Round numbers that hold what lies between from and to.
struct plot_axis plot_axis_about(double from, double to, int at_most_ticks);
// A fresh picture with its margins in pixels; false when there are too many.
bool plot_begin(struct plot_script *s, struct plot_picture *picture, int width, int height, int left, int right);
void plot_time_axis(struct plot_script *s, enum plot_layout layout);
// Shades from the value low to high, with their names at the top as far as they fit; PLOT_NAMES_PX are to be free
// there.
void plot_phases(struct plot_script *s, enum plot_layout layout, double low, double high);
#define PLOT_NAMES_PX 18
#define PLOT_LEFT_PX  44
#define PLOT_TOP_PX   6
#define PLOT_FOOT_PX  27
int plot_right_px(const struct plot_script *s); // half of the last instant's letters
// Text of a model as a label of gnuplot: letters, digits and blanks, first letter large.
void plot_put_name(FILE *file, const char *name);

void plot_panel_write(struct plot_script *s, const struct plot_panel *panel, enum plot_layout layout,
                      struct plot_picture *picture);
void plot_lanes_write(struct plot_script *s, enum plot_layout layout, struct plot_picture *picture);
void plot_ratio_write(struct plot_script *s, struct plot_picture *picture);
void plot_range_write(struct plot_script *s, const json_t *assessment, struct plot_picture *picture);

#endif
