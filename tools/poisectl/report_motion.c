// SPDX-License-Identifier: GPL-3.0-or-later
// Statistics of what was measured, each over one activity: the table of metrics, left against right, steps per breath.
#include "report_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MIN 5   // values of a side, below which it is not told
#define BINS     25  // of half a step per breath, up to 12
#define LOCKED   0.5 // coupling from which breaths are locked to steps

static json_t *metric(const struct report_view *view, enum report_table which, const struct report_channel *channel,
                      int activity)
{
    size_t n;
    float *values = report_values(view, which, channel->key, activity, -1, &n);
    const struct stream_key *row = report_key(report_streams[which].stream, channel->key);
    if (!values || !row) {
        free(values);
        return NULL;
    }
    struct report_stats stats = report_stats_of(values, n);
    free(values);
    int d = row->decimals;
    return json_pack("{s:s, s:s, s:s, s:o, s:i, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "stream",
                     stream_tables[report_streams[which].stream].name, "key", channel->key, "title", channel->title,
                     "unit", report_words_json(row->unit), "decimals", d, "activity", activity_names[activity], "n",
                     (json_int_t)n, "answered_pct",
                     report_real(report_answered(view, which, channel->key, 1U << activity), 1), "mean",
                     report_real(stats.mean, d), "sd", report_real(stats.sd, d), "p5", report_real(stats.p5, d),
                     "median", report_real(stats.median, d), "p95", report_real(stats.p95, d));
}

json_t *report_metrics(const struct report_view *view)
{
    json_t *list = json_array();
    for (int t = 0; t < N_TABLES; t++)
        for (const struct report_channel *channel = report_streams[t].channels; channel->key; channel++)
            for (int activity = ACTIVITY_RUN; activity >= ACTIVITY_STILL; activity--) {
                json_t *row = channel->in >> activity & 1U ? metric(view, t, channel, activity) : NULL;
                if (row)
                    json_array_append_new(list, row);
            }
    return list;
}

struct sides {
    const char *what, *title, *unit;
    int decimals;
    bool about_zero;
    const char *activity;
    double value[2];
    size_t n[2];
};

static void add_sides(json_t *list, const struct sides *s)
{
    if (s->n[0] < 1 || s->n[1] < 1 || !isfinite(s->value[0]) || !isfinite(s->value[1]))
        return;
    int d = s->decimals;
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:o, s:i, s:s, s:o, s:o, s:o, s:o, s:I, s:I}", "what", s->what, "title", s->title,
                        "unit", report_words_json(s->unit), "decimals", d, "activity", s->activity, "left",
                        report_real(s->value[0], d), "right", report_real(s->value[1], d), "difference",
                        report_real(s->value[0] - s->value[1], d), "asymmetry_pct",
                        report_real(s->about_zero ? (double)NAN : report_asymmetry(s->value[0], s->value[1]), 1),
                        "n_left", (json_int_t)s->n[0], "n_right", (json_int_t)s->n[1]));
}

// Of one channel a foot, or of two channels.
static void take_sides(const struct report_view *view, json_t *list, enum report_table which,
                       const struct report_channel *channel)
{
    struct sides s = {.title = channel->both ? channel->both : channel->title,
                      .about_zero = channel->about_zero,
                      .activity = activity_names[view->gait]};
    char what[64];
    const char *left = channel->pair ? strstr(channel->key, "_left") : NULL;
    if (left) // "swing_left_deg" is about "swing_deg"
        snprintf(what, sizeof what, "%.*s%s", (int)(left - channel->key), channel->key, left + strlen("_left"));
    else
        snprintf(what, sizeof what, "%s", channel->key);
    s.what = what;
    for (int side = 0; side < 2; side++) {
        const char *key = side == 1 && channel->pair ? channel->pair : channel->key;
        const struct stream_key *row = report_key(report_streams[which].stream, key);
        float *values = report_values(view, which, key, view->gait, channel->pair ? -1 : side, &s.n[side]);
        s.value[side] = values && s.n[side] >= SIDE_MIN ? report_trimmed_mean(values, s.n[side]) : (double)NAN;
        s.unit = row ? row->unit : NULL;
        s.decimals = row ? row->decimals : 2;
        free(values);
    }
    add_sides(list, &s);
}

// What an assessment measured on both sides in one part.
static void take_assessed_sides(json_t *list, const json_t *assessment)
{
    const json_t *rows = json_object_get(assessment, "rows"), *row, *other;
    size_t i, k;
    json_array_foreach(rows, i, row)
    {
        if (strcmp(report_text(row, "side"), "left") != 0)
            continue;
        json_array_foreach(rows, k, other)
        {
            if (strcmp(report_text(other, "side"), "right") != 0 ||
                !json_equal(json_object_get(row, "part"), json_object_get(other, "part")))
                continue;
            char title[128], part[64];
            report_words(report_text(row, "part"), part, sizeof part);
            snprintf(title, sizeof title, "%.60s: %s", report_text(assessment, "title"), part);
            double count[2] = {report_number(row, "count"), report_number(other, "count")};
            struct sides s = {.what = report_text(row, "part"),
                              .title = title,
                              .unit = "deg",
                              .decimals = 1,
                              .activity = report_text(assessment, "exercise"),
                              .value = {report_number(row, "range_deg"), report_number(other, "range_deg")}};
            for (int side = 0; side < 2; side++)
                s.n[side] = count[side] > 0 && count[side] < 1e6 ? (size_t)count[side] : 0;
            add_sides(list, &s);
        }
    }
}

json_t *report_left_right(const struct report_view *view)
{
    static const char *const of_steps[] = {"step_time_ms", "contact_ms", "impact_g", "vertical_oscillation_mm"};
    json_t *list = json_array(), *assessments = report_assessments(view), *assessment;
    const struct report_stream *steps = &report_streams[TABLE_STEP];
    size_t i;
    for (i = 0; view->gait >= 0 && i < sizeof of_steps / sizeof of_steps[0]; i++)
        take_sides(view, list, TABLE_STEP, &steps->channels[report_channel_of(steps, of_steps[i])]);
    for (int t = 0; view->gait >= 0 && t < N_TABLES; t++)
        for (const struct report_channel *channel = report_streams[t].channels; channel->key; channel++)
            if (channel->pair)
                take_sides(view, list, t, channel);
    json_array_foreach(assessments, i, assessment) take_assessed_sides(list, assessment);
    json_decref(assessments);
    return list;
}

// The ratio at which breaths were locked most often, NaN: never; and how often of all.
static double locked(const struct report_view *view, double *locked_pct)
{
    const struct report_rows *rows = &view->data->rows[TABLE_BREATHING];
    const struct report_stream *table = &report_streams[TABLE_BREATHING];
    int coupling_at = report_channel_of(table, "coupling"), ratio_at = report_channel_of(table, "coupling_ratio");
    size_t n = 0, n_locked = 0, count[BINS] = {0}, best = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const float *row = &rows->value[i * (size_t)rows->n_values];
        double t_s = rows->t_s[i];
        bool counts = t_s >= view->from_s && t_s <= view->until_s && report_activity_at(view, t_s) == view->gait;
        if (!counts || !isfinite(row[coupling_at]))
            continue;
        n++;
        if ((double)row[coupling_at] < LOCKED || !((double)row[ratio_at] >= 0 && (double)row[ratio_at] < BINS / 2.0))
            continue;
        n_locked++;
        count[(size_t)((double)row[ratio_at] * 2 + 0.5)]++;
    }
    for (size_t i = 1; i < BINS; i++)
        best = count[i] > count[best] ? i : best;
    *locked_pct = n > 0 ? 100.0 * (double)n_locked / (double)n : (double)NAN;
    return count[best] > 0 ? (double)best / 2 : (double)NAN;
}

json_t *report_steps_per_breath(const struct report_view *view)
{
    size_t n = 0, count[BINS] = {0};
    float *values =
        view->gait >= 0 ? report_values(view, TABLE_BREATHING, "steps_per_breath", view->gait, -1, &n) : NULL;
    if (!values)
        return json_null();
    json_t *histogram = json_array();
    for (size_t i = 0; i < n; i++) {
        double bin = floor((double)values[i] * 2 + 0.5);
        count[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : (size_t)bin]++;
    }
    for (size_t i = 0; i < BINS; i++)
        if (count[i] > 0)
            json_array_append_new(histogram, json_pack("{s:f, s:o}", "ratio", (double)i / 2, "share",
                                                       report_real((double)count[i] / (double)n, 4)));
    struct report_stats stats = report_stats_of(values, n);
    free(values);
    double locked_pct, ratio = locked(view, &locked_pct);
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:o}", "activity", activity_names[view->gait], "median",
                     report_real(stats.median, 2), "n", (json_int_t)n, "histogram", histogram, "locked_pct",
                     report_real(locked_pct, 1), "locked_ratio", report_real(ratio, 1));
}
