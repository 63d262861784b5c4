// SPDX-License-Identifier: GPL-3.0-or-later
// Values over time: means over equal steps with the 5 and 95 % of what is in them, of the activity that took most of
// the step, so that no mean mixes standing with running.
#include "report_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 1500

struct grid {
    const struct report_view *view;
    double step_s;
    size_t n;
    int *activity; // [n]; -1: not known
};

struct lists { // a channel's values by step: values[first[i]] … values[first[i + 1] − 1]
    float *values;
    size_t *first; // [n + 1]
};

// The shortest handy step with which the session has at most STEPS_MAX of them.
static double handy_step(double duration_s)
{
    static const double handy[] = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600};
    const size_t n = sizeof handy / sizeof handy[0];
    size_t i = duration_s > 300 ? 1 : 0;
    while (i + 1 < n && duration_s / handy[i] > STEPS_MAX)
        i++;
    return fmax(handy[i], ceil(duration_s / STEPS_MAX)); // days
}

static void find_activities(const struct grid *grid)
{
    for (size_t i = 0; i < grid->n; i++) {
        double from_s = grid->view->from_s + (double)i * grid->step_s, most_s = 0;
        grid->activity[i] = ACTIVITY_UNKNOWN;
        for (int a = 0; a < 3; a++) {
            double s = report_time_in(grid->view, from_s, from_s + grid->step_s, 1U << a);
            if (s > most_s) {
                most_s = s;
                grid->activity[i] = a;
            }
        }
    }
}

// Step of a row, -1: it is in none.
static long step_of(const struct grid *grid, const struct report_rows *rows, size_t i, int at)
{
    double t_s = rows->t_s[i], place = (t_s - grid->view->from_s) / grid->step_s;
    if (!isfinite(rows->value[i * (size_t)rows->n_values + (size_t)at]) || !(place >= 0 && place < (double)grid->n))
        return -1;
    int wanted = grid->activity[(size_t)place];
    return wanted < 0 || report_activity_at(grid->view, t_s) == wanted ? (long)place : -1;
}

static bool sort_into_steps(const struct grid *grid, const struct report_rows *rows, int at, struct lists *lists)
{
    size_t *filled = calloc(grid->n + 1, sizeof *filled);
    long *step = malloc((rows->n + 1) * sizeof *step);
    lists->first = calloc(grid->n + 2, sizeof *lists->first);
    lists->values = malloc((rows->n + 1) * sizeof *lists->values);
    bool good = filled && step && lists->first && lists->values;
    for (size_t i = 0; good && i < rows->n; i++) {
        step[i] = step_of(grid, rows, i, at);
        if (step[i] >= 0)
            lists->first[step[i] + 1]++;
    }
    for (size_t i = 0; good && i < grid->n; i++)
        lists->first[i + 1] += lists->first[i];
    for (size_t i = 0; good && i < rows->n; i++)
        if (step[i] >= 0)
            lists->values[lists->first[step[i]] + filled[step[i]]++] =
                rows->value[i * (size_t)rows->n_values + (size_t)at];
    free(filled);
    free(step);
    return good;
}

// A single empty step between two of the same activity gets their mean: once a second beside a grid of seconds.
static void bridge(const struct grid *grid, double *value)
{
    for (size_t i = 1; i + 1 < grid->n; i++) {
        bool same = grid->activity[i - 1] == grid->activity[i] && grid->activity[i + 1] == grid->activity[i];
        if (!isfinite(value[i]) && same && isfinite(value[i - 1]) && isfinite(value[i + 1]))
            value[i] = (value[i - 1] + value[i + 1]) / 2;
    }
}

// What is told only now and then holds until it is told again.
static void hold(const struct grid *grid, double *value, double hold_s)
{
    double told_s = -hold_s;
    for (size_t i = 1; i < grid->n; i++) {
        double t_s = (double)i * grid->step_s;
        if (isfinite(value[i]))
            told_s = t_s;
        else if (t_s - told_s < hold_s)
            value[i] = value[i - 1];
    }
}

static json_t *list_of(const double *value, size_t n, int decimals)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, report_real(value[i], decimals));
    return list;
}

static void add_channel(const struct grid *grid, json_t *series, enum report_table which,
                        const struct report_channel *channel)
{
    static const char *const parts[] = {"values", "low", "high"};
    const struct report_rows *rows = &grid->view->data->rows[which];
    const struct stream_key *key = report_key(report_streams[which].stream, channel->key);
    struct lists lists = {0};
    double *value = calloc(3 * grid->n, sizeof *value);
    bool any = false;
    if (value && key && sort_into_steps(grid, rows, report_channel_of(&report_streams[which], channel->key), &lists)) {
        for (size_t i = 0; i < grid->n; i++) {
            struct report_stats stats =
                report_stats_of(lists.values + lists.first[i], lists.first[i + 1] - lists.first[i]);
            value[i] = stats.mean;
            value[grid->n + i] = stats.p5;
            value[2 * grid->n + i] = stats.p95;
            any = any || stats.n > 0;
        }
    }
    for (int part = 0; any && part < 3; part++) {
        if (report_streams[which].hold_s > 0)
            hold(grid, value + (size_t)part * grid->n, report_streams[which].hold_s);
        else
            bridge(grid, value + (size_t)part * grid->n);
        json_object_set_new(json_object_get(series, parts[part]), channel->key,
                            list_of(value + (size_t)part * grid->n, grid->n, key->decimals));
    }
    if (any)
        json_object_set_new(json_object_get(series, "about"), channel->key,
                            json_pack("{s:s, s:o, s:i}", "title", channel->title, "unit", report_words_json(key->unit),
                                      "decimals", key->decimals));
    free(lists.values);
    free(lists.first);
    free(value);
}

json_t *report_series(const struct report_view *view)
{
    double duration_s = fmax(view->until_s - view->from_s, 0);
    struct grid grid = {.view = view, .step_s = handy_step(duration_s)};
    grid.n = (size_t)ceil(fmax(duration_s / grid.step_s, 1));
    grid.activity = calloc(grid.n, sizeof *grid.activity);
    if (!grid.activity)
        return NULL;
    find_activities(&grid);
    json_t *times = json_array(), *activities = json_array();
    for (size_t i = 0; i < grid.n; i++) {
        json_array_append_new(times, report_real(((double)i + 0.5) * grid.step_s, 1));
        json_array_append_new(activities,
                              grid.activity[i] < 0 ? json_null() : json_string(activity_names[grid.activity[i]]));
    }
    json_t *series = json_pack("{s:o, s:o, s:o, s:{}, s:{}, s:{}, s:{}}", "step_s", report_real(grid.step_s, 1), "t_s",
                               times, "activity", activities, "values", "low", "high", "about");
    for (int t = 0; series && t < N_TABLES; t++)
        for (const struct report_channel *channel = report_streams[t].channels; channel->key; channel++)
            if (channel->series && view->data->rows[t].n > 0)
                add_channel(&grid, series, t, channel);
    free(grid.activity);
    return series;
}
