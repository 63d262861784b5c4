// SPDX-License-Identifier: GPL-3.0-or-later
// Left against right, drift, assessments, and every figure by activity.
#include "report_html_private.h"
#include "report_html_write.h"

#include <math.h>
#include <string.h>

static void row_title(FILE *out, const json_t *row, const char *fallback)
{
    const char *title = model_text(row, "title");
    fputs("<tr><th scope=\"row\">", out);
    if (title[0] != '\0')
        html_text(out, title);
    else
        html_name(out, model_text(row, fallback));
    html_unit_name(out, row);
}

static const char *activity_word(const char *activity)
{
    return strcmp(activity, "run") == 0     ? "Running"
           : strcmp(activity, "walk") == 0  ? "Walking"
           : strcmp(activity, "still") == 0 ? "Still"
                                            : activity;
}

void html_left_right(FILE *out, const json_t *model)
{
    static const char *const columns[] = {"", "Left", "Right", "Left − right", NULL};
    const json_t *list = json_object_get(model, "left_right"), *row;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_section(out, "sides", "Left and right");
    html_table_begin(out, "Means without the outer fifths of the values; the difference also in % of both sides' mean",
                     "numbers", columns);
    json_array_foreach(list, i, row)
    {
        int decimals = model_decimals(row);
        row_title(out, row, "what");
        fputs("<span class=\"below\">", out);
        html_name(out, activity_word(model_text(row, "activity")));
        if (isfinite(model_number(row, "n_left")) && isfinite(model_number(row, "n_right"))) {
            fputs(", ", out);
            html_number(out, model_number(row, "n_left"), 0);
            fputs(" and ", out);
            html_number(out, model_number(row, "n_right"), 0);
            fputs(" values", out);
        }
        fputs("</span></th>", out);
        html_cell_of(out, row, "left", decimals);
        html_cell_of(out, row, "right", decimals);
        fputs("<td>", out);
        html_signed(out, model_number(row, "difference"), decimals);
        if (isfinite(model_number(row, "asymmetry_pct"))) {
            fputs("<span class=\"below\">", out);
            html_signed(out, model_number(row, "asymmetry_pct"), 1);
            fputs("\u00A0%</span>", out);
        }
        fputs("</td></tr>\n", out);
    }
    html_table_end(out);
    fputs("</section>\n", out);
}

void html_drift(FILE *out, const json_t *model)
{
    static const char *const columns[] = {
        "", "Baseline", "First", "Last", "Change", "Largest", "Standard deviations", "Drifted since", NULL};
    const json_t *list = json_object_get(model, "drift"), *row;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_section(out, "drift", "Drift");
    html_table_begin(out, "Change against the session's own baseline", "numbers", columns);
    json_array_foreach(list, i, row)
    {
        int decimals = model_decimals(row);
        row_title(out, row, "quantity");
        fputs("</th>", out);
        html_cell_of(out, row, "baseline", decimals);
        html_cell_of(out, row, "first", decimals);
        html_cell_of(out, row, "last", decimals);
        fputs("<td>", out);
        html_signed(out, model_number(row, "change"), decimals);
        fputs("</td><td>", out);
        html_signed(out, model_number(row, "largest"), decimals);
        fputs("</td><td>", out);
        html_signed(out, model_number(row, "sigmas"), 1);
        fputs("</td><td class=\"word\">", out);
        if (json_is_true(json_object_get(row, "drifted")))
            html_clock(out, model_number(row, "since_s"));
        else
            fputs("no drift", out);
        fputs("</td></tr>\n", out);
    }
    html_table_end(out);
    fputs("</section>\n", out);
}

static void values_of_row(FILE *out, const json_t *row)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach(json_object_get(row, "values"), key, value)
    {
        bool is_flag = strcmp(key, "against_t12") == 0; // told only when it is so
        if (!json_is_number(value) || (is_flag && json_number_value(value) == 0))
            continue;
        fputs(n++ > 0 ? ", " : "<span class=\"below\">", out);
        if (is_flag)
            fputs("measured against T12", out);
        else
            html_key_value(out, key, json_number_value(value));
    }
    if (n > 0)
        fputs("</span>", out);
}

static void assessment_table(FILE *out, const json_t *assessment)
{
    static const char *const columns[] = {"Part", "Done", "Held", "Range, °", "Best, °", "Hold, s", "Smoothness", NULL};
    const json_t *row;
    size_t i;
    html_table_begin(out, "What each part measured", "numbers", columns);
    json_array_foreach(json_object_get(assessment, "rows"), i, row)
    {
        fputs("<tr><th scope=\"row\">", out);
        html_name(out, model_text(row, "part"));
        if (model_text(row, "side")[0] != '\0') {
            fputs(", ", out);
            html_text(out, model_text(row, "side"));
        }
        values_of_row(out, row);
        fputs("</th>", out);
        html_cell_of(out, row, "count", 0);
        html_cell_of(out, row, "held", 0);
        html_cell_of(out, row, "range_deg", 1);
        html_cell_of(out, row, "best_deg", 1);
        html_cell_of(out, row, "hold_s", 1);
        html_cell_of(out, row, "smoothness", 2);
        fputs("</tr>\n", out);
    }
    html_table_end(out);
}

void html_assessments(FILE *out, const json_t *model, const struct report_plots *plots)
{
    const json_t *list = json_object_get(model, "assessments"), *assessment;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_section(out, "assessments", "Assessments");
    json_array_foreach(list, i, assessment)
    {
        fputs("<article>\n<h3>", out);
        if (model_text(assessment, "title")[0] != '\0')
            html_text(out, model_text(assessment, "title"));
        else
            html_name(out, model_text(assessment, "exercise"));
        fputs("</h3>\n<p class=\"note\">At ", out);
        html_clock(out, model_number(assessment, "t_s"));
        fputs(", ", out);
        html_text(out, model_text(assessment, "outcome"));
        fputs(".</p>\n", out);
        if (i < PLOT_ASSESSMENTS && plots->range[i].content) {
            const struct plot_picture *range = &plots->range[i];
            fputs("<figure class=\"small\">\n<figcaption><b>Range</b><span class=\"legend\"><span class=\"sample "
                  "disc\"></span>left, or both <span class=\"sample ring\"></span>right</span></figcaption>\n",
                  out);
            fprintf(out,
                    "<svg class=\"both\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"range-%zu\">\n"
                    "<title id=\"range-%zu\">Ranges left and right; the table below has the same in figures</title>\n"
                    "%s</svg>\n</figure>\n",
                    range->width, range->height, i, i, range->content);
        }
        if (json_array_size(json_object_get(assessment, "rows")) > 0)
            assessment_table(out, assessment);
        fputs("</article>\n", out);
    }
    fputs("</section>\n", out);
}

static const char *const activities[] = {"run", "walk", "still"};
#define N_ACTIVITIES 3

static const json_t *metric_of(const json_t *list, size_t from, int activity)
{
    const json_t *first = json_array_get(list, from);
    for (size_t i = from; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        if (strcmp(model_text(row, "stream"), model_text(first, "stream")) == 0 &&
            strcmp(model_text(row, "key"), model_text(first, "key")) == 0 &&
            strcmp(model_text(row, "activity"), activities[activity]) == 0)
            return row;
    }
    return NULL;
}

static bool is_first_of_key(const json_t *list, size_t i)
{
    const json_t *row = json_array_get(list, i);
    for (size_t k = 0; k < i; k++) {
        const json_t *earlier = json_array_get(list, k);
        if (strcmp(model_text(row, "stream"), model_text(earlier, "stream")) == 0 &&
            strcmp(model_text(row, "key"), model_text(earlier, "key")) == 0)
            return false;
    }
    return true;
}

static void metric_cell(FILE *out, const json_t *row)
{
    if (!row) {
        html_cell(out, (double)NAN, 0);
        return;
    }
    int decimals = figure_decimals(row, model_number(row, "median"));
    double known = model_number(row, "answered_pct");
    fputs("<td><b>", out);
    html_number(out, model_number(row, "median"), decimals);
    fputs("</b><span class=\"below\">", out);
    html_number(out, model_number(row, "p5"), decimals);
    fputs(" to ", out);
    html_number(out, model_number(row, "p95"), decimals);
    fputs("</span><span class=\"below\">", out);
    html_number(out, model_number(row, "mean"), decimals);
    fputs("\u00A0±\u00A0", out);
    html_number(out, model_number(row, "sd"), decimals);
    fputs("</span>", out);
    if (known < 80) {
        fputs("<span class=\"below few\">known ", out);
        html_number(out, known, 0);
        fputs("\u00A0%</span>", out);
    }
    fputs("</td>", out);
}

void html_metrics(FILE *out, const json_t *model)
{
    const json_t *list = json_object_get(model, "metrics"), *row;
    const char *columns[N_ACTIVITIES + 2] = {""}, *stream = "";
    int shown[N_ACTIVITIES], n_shown = 0;
    size_t i;
    for (int a = 0; a < N_ACTIVITIES; a++) {
        bool has = false;
        json_array_foreach(list, i, row) has = has || strcmp(model_text(row, "activity"), activities[a]) == 0;
        if (has) {
            columns[1 + n_shown] = activity_word(activities[a]);
            shown[n_shown++] = a;
        }
    }
    if (n_shown == 0)
        return;
    html_section(out, "metrics", "All figures");
    html_table_begin(out, "Median; 5 to 95 % of the values; mean ± standard deviation", "numbers metrics", columns);
    json_array_foreach(list, i, row)
    {
        if (!is_first_of_key(list, i))
            continue;
        if (strcmp(stream, model_text(row, "stream")) != 0) {
            stream = model_text(row, "stream");
            fprintf(out, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\">", 1 + n_shown);
            html_name(out, stream);
            fputs("</th></tr>\n", out);
        }
        row_title(out, row, "key");
        fputs("</th>", out);
        for (int a = 0; a < n_shown; a++)
            metric_cell(out, metric_of(list, i, shown[a]));
        fputs("</tr>\n", out);
    }
    html_table_end(out);
    fputs("</section>\n", out);
}
