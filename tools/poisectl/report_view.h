// SPDX-License-Identifier: GPL-3.0-or-later
// One session seen in the data of a report: its time, its stretches of one activity, its values. And the parts of the
// model (docs/report.md) that are made of it; each is new, NULL without memory.
#ifndef POISE_POISECTL_REPORT_VIEW_H
#define POISE_POISECTL_REPORT_VIEW_H

#include "report_data.h"
#include "report_stats.h"

#include <jansson.h>

struct report_view {
    const struct report_data *data;
    int session;            // index in data->session
    double from_s, until_s; // of the data's time
    const char *metrics;    // "recorded" or "replayed"
    json_t *files, *notes;  // texts
    json_t *doubts;         // {level, text}: what reading found
    double activity_s[3];   // by enum activity
    int gait;               // what statistics of moving are about: run, else walk; -1: neither
};

// Finds activity_s and gait; the rest is given.
void report_view_begin(struct report_view *view);

// enum activity at t; -1: not known.
int report_activity_at(const struct report_view *view, double t_s);
// Seconds of from … until in these activities (IN_…).
double report_time_in(const struct report_view *view, double from_s, double until_s, unsigned in);

// Values [*n] of a channel whose whole window lies in one stretch of the activity; channel's foot (0, 1; -1: any) in
// TABLE_STEP. To be freed; NULL when there are none.
float *report_values(const struct report_view *view, enum report_table table, const char *key, int activity, int foot,
                     size_t *n);
// Share of the rows in these activities (IN_NONE: of all) that have a value, in percent; NaN without rows.
double report_answered(const struct report_view *view, enum report_table table, const char *key, unsigned in);
size_t report_rows_in(const struct report_view *view, enum report_table table, unsigned in);

json_t *report_real(double value, int decimals);                    // null for what is not finite
json_t *report_words_json(const char *text);                        // a text, null for ""
json_t *report_instant(const struct report_view *view, double t_s); // seconds since the begin

json_t *report_source(const struct report_view *view);
json_t *report_quality(const struct report_view *view);
json_t *report_phases(const struct report_view *view);
json_t *report_activities(const struct report_view *view);
json_t *report_findings(const struct report_view *view);
json_t *report_metrics(const struct report_view *view);
json_t *report_series(const struct report_view *view);
json_t *report_left_right(const struct report_view *view);
json_t *report_steps_per_breath(const struct report_view *view);
json_t *report_drift(const struct report_view *view);
json_t *report_assessments(const struct report_view *view);
json_t *report_notes(const struct report_view *view, const struct report_notes *notes, bool events);
json_t *report_summary(const struct report_view *view, const json_t *model); // of the model's other parts

#endif
