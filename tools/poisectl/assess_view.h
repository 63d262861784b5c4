// SPDX-License-Identifier: GPL-3.0-or-later
// Shows how a guided assessment goes: on a terminal one line that is drawn over, with a line for each part, each
// repetition and each hint; elsewhere these lines only; or with --json each object.
#ifndef POISE_POISECTL_ASSESS_VIEW_H
#define POISE_POISECTL_ASSESS_VIEW_H

#include "frames/exercise.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct assess_view {
    FILE *to;
    enum { ASSESS_LINES, ASSESS_IN_PLACE, ASSESS_JSON } style;
    int columns;
    bool standing; // the line that is drawn over
    char part[48]; // shown last
    char hint[200];
    bool rang;       // of this hold
    double span_deg; // of the bar
};

void assess_view_init(struct assess_view *view, bool json);
// What is about to happen; keys: single keys are listened to.
void assess_view_begin(struct assess_view *view, const struct exercise_info *info, bool keys);
// An object of stream assessment or repetition, in the order of publishing.
void assess_view_take(struct assess_view *view, const json_t *object);
void assess_view_say(struct assess_view *view, const char *sentence); // once
void assess_view_end(struct assess_view *view);                       // the line that is drawn over goes

void assess_view_name(int exercise, char name[48]); // "thoracic-rotation"
// "c7, and sacrum or t12"
const char *assess_view_sites(const struct exercise_info *info, char buffer[200]);

#endif
