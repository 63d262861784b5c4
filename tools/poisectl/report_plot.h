// SPDX-License-Identifier: GPL-3.0-or-later
// The plots of a report: what stands in its model over time, with phases shaded, findings in lanes of their own below,
// steps per breath as a histogram and the assessments' ranges left and right. All are drawn by one run of gnuplot,
// those over time twice: for a page of 720 pixels and for a phone, where letters keep their size.
#ifndef POISE_POISECTL_REPORT_PLOT_H
#define POISE_POISECTL_REPORT_PLOT_H

#include <jansson.h>
#include <stdbool.h>

#define PLOT_PANELS      8
#define PLOT_ASSESSMENTS 40
#define PLOT_WIDE_PX     720
#define PLOT_NARROW_PX   358

enum plot_layout { PLOT_WIDE, PLOT_NARROW, N_PLOT_LAYOUTS };

// What is drawn: the inside of an <svg> with the view box 0 0 width height; content NULL: there is nothing to draw.
struct plot_picture {
    char *content;
    int width, height;
};

struct plot_panel {
    const char *name;  // part of an id
    const char *title; // for people
    const char *key[2];
    const char *line[2]; // what each line is; NULL: one line needs no name
    bool has_band;       // low to high about the first line
    bool still_is_gap;   // 0 is no value to look at
};
extern const struct plot_panel plot_panels[PLOT_PANELS];

struct report_plots {
    char why[160]; // there are no pictures; "" when there are
    struct plot_picture panel[PLOT_PANELS][N_PLOT_LAYOUTS], lanes[N_PLOT_LAYOUTS], ratio, range[PLOT_ASSESSMENTS];
};

// Always leaves plots in order; without gnuplot they are empty and why tells it.
void report_plots_make(struct report_plots *plots, const json_t *model);
void report_plots_free(struct report_plots *plots);

// A finding that has a lane: it was raised for some time.
bool plot_is_raised(const json_t *finding);

#endif
