// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_view.h"

#include "record/json_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EDGE_S   0.3 // a stretch is known to a quarter of a second
#define ENOUGH_S 30  // of running, for a session to be about running

json_t *report_real(double value, int decimals)
{
    if (!isfinite(value))
        return json_null();
    double scale = pow(10, decimals), rounded = round(value * scale) / scale;
    return json_real(isfinite(rounded) ? rounded + 0.0 : value); // never -0
}

json_t *report_words_json(const char *text)
{
    return text && text[0] != '\0' ? json_of_text(text) : json_null();
}

json_t *report_instant(const struct report_view *view, double t_s)
{
    return report_real(t_s - view->from_s, 3);
}

// The stretch that begins last before t, NULL: none.
static const struct report_span *span_at(const struct report_spans *spans, double t_s)
{
    size_t low = 0, high = spans->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (spans->span[middle].from_s <= t_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &spans->span[low - 1] : NULL;
}

int report_activity_at(const struct report_view *view, double t_s)
{
    const struct report_span *span = span_at(&view->data->activities, t_s);
    return span && t_s <= span->until_s + EDGE_S ? span->what : ACTIVITY_UNKNOWN;
}

double report_time_in(const struct report_view *view, double from_s, double until_s, unsigned in)
{
    const struct report_spans *spans = &view->data->activities;
    const struct report_span *span = span_at(spans, from_s);
    double sum = 0;
    if (!span)
        span = spans->span;
    for (; span && span < spans->span + spans->n && span->from_s < until_s; span++) {
        double a = fmax(from_s, span->from_s), b = fmin(until_s, span->until_s);
        if ((in >> span->what & 1U) && b > a)
            sum += b - a;
    }
    return sum;
}

void report_view_begin(struct report_view *view)
{
    for (int i = 0; i < 3; i++)
        view->activity_s[i] = report_time_in(view, view->from_s, view->until_s, 1U << i);
    double walk_s = view->activity_s[ACTIVITY_WALK], run_s = view->activity_s[ACTIVITY_RUN];
    view->gait = run_s >= ENOUGH_S || run_s > walk_s ? ACTIVITY_RUN : walk_s > 0 ? ACTIVITY_WALK : ACTIVITY_UNKNOWN;
}

// An exercise is done standing or sitting, but it is neither.
static bool is_assessing(const struct report_view *view, double from_s, double until_s)
{
    const struct report_span *span = span_at(&view->data->assessing, until_s);
    return span && span->until_s >= from_s;
}

static bool in_view(const struct report_view *view, double t_s)
{
    return t_s >= view->from_s && t_s <= view->until_s;
}

float *report_values(const struct report_view *view, enum report_table table, const char *key, int activity, int foot,
                     size_t *n)
{
    const struct report_rows *rows = &view->data->rows[table];
    int at = report_channel_of(&report_streams[table], key);
    int foot_at = foot >= 0 ? report_channel_of(&report_streams[table], "foot") : -1;
    float *values = rows->n > 0 && at >= 0 ? malloc(rows->n * sizeof *values) : NULL;
    *n = 0;
    for (size_t i = 0; values && i < rows->n; i++) {
        const float *row = &rows->value[i * (size_t)rows->n_values];
        double from_s = rows->t_s[i] - (double)rows->before_s[i], until_s = rows->t_s[i] + (double)rows->after_s[i];
        bool other_foot = foot_at >= 0 && (!isfinite(row[foot_at]) || (int)row[foot_at] != foot);
        if (!isfinite(row[at]) || !in_view(view, rows->t_s[i]) || other_foot)
            continue;
        const struct report_span *span = span_at(&view->data->activities, from_s + EDGE_S);
        bool inside = span && span->what == activity && until_s <= span->until_s + EDGE_S;
        if (inside && !is_assessing(view, from_s, until_s))
            values[(*n)++] = row[at];
    }
    if (*n == 0) {
        free(values);
        return NULL;
    }
    return values;
}

static bool row_is_in(const struct report_view *view, double t_s, unsigned in)
{
    if (!in_view(view, t_s))
        return false;
    if (in == IN_NONE)
        return true;
    int activity = report_activity_at(view, t_s);
    return activity >= 0 && (in >> activity & 1U);
}

double report_answered(const struct report_view *view, enum report_table table, const char *key, unsigned in)
{
    const struct report_rows *rows = &view->data->rows[table];
    int at = report_channel_of(&report_streams[table], key);
    size_t known = 0, all = 0;
    for (size_t i = 0; at >= 0 && i < rows->n; i++)
        if (row_is_in(view, rows->t_s[i], in)) {
            all++;
            known += isfinite(rows->value[i * (size_t)rows->n_values + (size_t)at]);
        }
    return all > 0 ? 100.0 * (double)known / (double)all : (double)NAN;
}

size_t report_rows_in(const struct report_view *view, enum report_table table, unsigned in)
{
    const struct report_rows *rows = &view->data->rows[table];
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        n += row_is_in(view, rows->t_s[i], in);
    return n;
}
