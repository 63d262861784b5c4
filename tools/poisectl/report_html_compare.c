// SPDX-License-Identifier: GPL-3.0-or-later
// Two sessions side by side.
#include "report_html_private.h"
#include "report_html_write.h"

#include <math.h>
#include <string.h>

static void side(FILE *out, const char *letter, const json_t *session)
{
    const json_t *source = json_object_get(session, "source");
    const char *verdict = model_text(session, "verdict"), *subject = model_text(source, "subject");
    const char *label = model_text(session, "label");
    fprintf(out, "<div>\n<h2><span class=\"letter\">%s</span> ", letter);
    if (model_text(source, "begun_utc")[0] == '\0' && label[0] != '\0')
        html_foreign(out, label);
    else
        html_date(out, model_text(source, "begun_utc"));
    fputs("</h2>\n<p class=\"about\">", out);
    html_foreign(out, subject[0] != '\0' ? subject : "subject not known");
    fputs(" · ", out);
    html_duration(out, model_number(source, "duration_s"));
    fputs("</p>\n<p>", out);
    html_level(out, verdict,
               strcmp(verdict, "good") == 0   ? "good data"
               : strcmp(verdict, "fair") == 0 ? "fair data"
               : strcmp(verdict, "poor") == 0 ? "poor data"
                                              : "quality not known");
    fputs("</p>\n<p>", out);
    html_text(out, model_text(session, "did"));
    fputs("</p>\n<p class=\"note\">", out);
    html_foreign(out, label);
    fputs("</p>\n</div>\n", out);
}

static void warnings(FILE *out, const json_t *list)
{
    const json_t *warning;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_section(out, "trust", "What can be compared");
    fputs("<ul class=\"sentences\">\n", out);
    json_array_foreach(list, i, warning)
    {
        fputs("<li>", out);
        html_level(out, "fair", "mind");
        fputs(" <span>", out);
        html_foreign(out, json_string_value(warning) ? json_string_value(warning) : "");
        fputs("</span></li>\n", out);
    }
    fputs("</ul>\n</section>\n", out);
}

static void level_cell(FILE *out, const json_t *finding, const char *level_key, const char *score_key)
{
    const char *level = model_text(finding, level_key);
    fputs("<td class=\"word\">", out);
    html_level(out, level, level[0] != '\0' ? NULL : "not looked at");
    if (isfinite(model_number(finding, score_key))) {
        fputs(" <span class=\"share\">", out);
        html_number(out, model_number(finding, score_key), 2);
        fputs("</span>", out);
    }
    fputs("</td>", out);
}

static void findings(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"", "A", "B", NULL};
    const json_t *finding;
    size_t i;
    html_section(out, "findings", "What was found");
    if (json_array_size(list) == 0) {
        fputs("<p>Nothing was raised in either.</p>\n</section>\n", out);
        return;
    }
    html_table_begin(out, "Findings raised in either, worst level and score", "told", columns);
    json_array_foreach(list, i, finding)
    {
        fputs("<tr><th scope=\"row\">", out);
        if (model_text(finding, "title")[0] != '\0')
            html_text(out, model_text(finding, "title"));
        else
            html_name(out, model_text(finding, "factor"));
        fputs("</th>", out);
        level_cell(out, finding, "a", "a_score");
        level_cell(out, finding, "b", "b_score");
        fputs("</tr>\n", out);
    }
    html_table_end(out);
    fputs("</section>\n", out);
}

static bool has_better(const json_t *list)
{
    const json_t *row;
    size_t i;
    json_array_foreach(list, i, row)
    {
        if (json_is_boolean(json_object_get(row, "better")))
            return true;
    }
    return false;
}

// What is told by activity has its title once.
static void row_head(FILE *out, const json_t *row, const json_t *before, bool is_clock)
{
    const char *activity = model_text(row, "activity");
    bool goes_on = activity[0] != '\0' && strcmp(model_text(row, "group"), model_text(before, "group")) == 0 &&
                   strcmp(model_text(row, "key"), model_text(before, "key")) == 0;
    fputs("<tr><th scope=\"row\">", out);
    if (!goes_on) {
        if (model_text(row, "title")[0] != '\0')
            html_text(out, model_text(row, "title"));
        else
            html_name(out, model_text(row, "key"));
        if (!is_clock)
            html_unit_name(out, row);
    }
    if (activity[0] != '\0') {
        fputs("<span class=\"below\">", out);
        html_name(out, strcmp(activity, "run") == 0 ? "running" : strcmp(activity, "walk") == 0 ? "walking" : activity);
        fputs("</span>", out);
    }
    fputs("</th>", out);
}

static void clock_cell(FILE *out, double s)
{
    fputs("<td>", out);
    html_clock(out, s);
    fputs("</td>", out);
}

static void row_cells(FILE *out, const json_t *row, bool is_clock)
{
    int decimals = figure_decimals(row, model_number(row, "a"));
    if (is_clock) {
        clock_cell(out, model_number(row, "a"));
        clock_cell(out, model_number(row, "b"));
    } else {
        html_cell_of(out, row, "a", decimals);
        html_cell_of(out, row, "b", decimals);
    }
    fputs("<td>", out);
    if (is_clock)
        html_clock(out, model_number(row, "change"));
    else
        html_signed(out, model_number(row, "change"), decimals);
    if (isfinite(model_number(row, "change_pct"))) {
        fputs("<span class=\"below\">", out);
        html_signed(out, model_number(row, "change_pct"), 1);
        fputs("\u00A0%</span>", out);
    }
    fputs("</td>", out);
}

static void rows(FILE *out, const json_t *list)
{
    bool is_judged = has_better(list);
    const char *const columns[] = {"", "A", "B", "Change", is_judged ? "" : NULL, NULL};
    const json_t *row, *before = NULL;
    const char *group = "";
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_section(out, "rows", "Side by side");
    html_table_begin(out, "Medians of both sessions; the change is B − A", "numbers metrics", columns);
    json_array_foreach(list, i, row)
    {
        bool is_clock = strcmp(model_text(row, "unit"), "s") == 0 && strcmp(model_text(row, "group"), "session") == 0;
        const json_t *better = json_object_get(row, "better");
        if (strcmp(group, model_text(row, "group")) != 0) {
            group = model_text(row, "group");
            fprintf(out, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\">", is_judged ? 5 : 4);
            html_name(out, group);
            fputs("</th></tr>\n", out);
        }
        row_head(out, row, before, is_clock);
        row_cells(out, row, is_clock);
        if (is_judged) {
            fputs("<td class=\"word\">", out);
            if (json_is_boolean(better))
                html_level(out, json_is_true(better) ? "good" : "warn", json_is_true(better) ? "better" : "worse");
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
        before = row;
    }
    html_table_end(out);
    fputs("</section>\n", out);
}

void html_compare(FILE *out, const json_t *model)
{
    fputs("<header>\n<p class=\"kind\">Comparison</p>\n<h1>Two sessions side by side</h1>\n</header>\n"
          "<div class=\"pair\">\n",
          out);
    side(out, "A", json_object_get(model, "a"));
    side(out, "B", json_object_get(model, "b"));
    fputs("</div>\n", out);
    warnings(out, json_object_get(model, "warnings"));
    findings(out, json_object_get(model, "findings"));
    rows(out, json_object_get(model, "rows"));
}
