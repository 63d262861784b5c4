// SPDX-License-Identifier: GPL-3.0-or-later
// What `poisectl calibrate` shows of the objects of stream `calibration`: on a terminal one line with a bar that is
// rewritten in place, elsewhere a line per change, or the objects themselves; at the end a table of the sites.
#ifndef POISE_POISECTL_CALIBRATE_VIEW_H
#define POISE_POISECTL_CALIBRATE_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum calibrate_style { VIEW_LINES, VIEW_IN_PLACE, VIEW_JSON };

struct calibrate_view {
    FILE *to;
    enum calibrate_style style;
    int columns;   // of the terminal, for VIEW_IN_PLACE
    bool standing; // a line stands that may be rewritten
    char step[16]; // as shown last, "" before one
    char hint[200];
    json_int_t seq; // of the object printed last, for VIEW_JSON
};

// For standard output: in place when it is a terminal that can move its cursor.
void calibrate_view_init(struct calibrate_view *view, bool json);

// The state of a command that is under way or has just ended; an object that was shown before changes nothing.
void calibrate_view_show(struct calibrate_view *view, const json_t *object);

// The command is not taken yet, and why; once.
void calibrate_view_wait(struct calibrate_view *view, const char *why);

// How each sensor sits and, in words, what is doubtful about it; or the angles of the tall stand.
void calibrate_view_result(struct calibrate_view *view, const json_t *object, bool tall);

#endif
