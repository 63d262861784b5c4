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
    fprintf(out, "<div>\n<h2><span class=\"letter\">%s</span> ", letter);
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
    html_foreign(out, model_text(session, "label"));
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

static void row_cells(FILE *out, const json_t *row)
{
    int decimals = model_decimals(row);
    const json_t *better = json_object_get(row, "better");
    const char *activity = model_text(row, "activity");
    fputs("<tr><th scope=\"row\">", out);
    if (model_text(row, "title")[0] != '\0')
        html_text(out, model_text(row, "title"));
    else
        html_name(out, model_text(row, "key"));
    if (model_text(row, "unit")[0] != '\0') {
        fputs(" <span class=\"unit\">", out);
        html_unit(out, row);
        fputs("</span>", out);
    }
    if (activity[0] != '\0') {
        fputs("<span class=\"below\">", out);
        html_name(out, strcmp(activity, "run") == 0 ? "running" : strcmp(activity, "walk") == 0 ? "walking" : activity);
        fputs("</span>", out);
    }
    fputs("</th>", out);
    html_cell_of(out, row, "a", decimals);
    html_cell_of(out, row, "b", decimals);
    fputs("<td>", out);
    html_signed(out, model_number(row, "change"), decimals);
    if (isfinite(model_number(row, "change_pct"))) {
        fputs("<span class=\"below\">", out);
        html_signed(out, model_number(row, "change_pct"), 1);
        fputs("\u00A0%</span>", out);
    }
    fputs("</td><td class=\"word\">", out);
    if (json_is_boolean(better))
        html_level(out, json_is_true(better) ? "good" : "warn", json_is_true(better) ? "better" : "worse");
    fputs("</td></tr>\n", out);
}

static void rows(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"", "A", "B", "Change", "", NULL};
    const json_t *row;
    const char *group = "";
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_section(out, "rows", "Side by side");
    html_table_begin(out, "Medians of both sessions; the change is B − A", "numbers metrics", columns);
    json_array_foreach(list, i, row)
    {
        if (strcmp(group, model_text(row, "group")) != 0) {
            group = model_text(row, "group");
            fputs("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"5\">", out);
            html_name(out, group);
            fputs("</th></tr>\n", out);
        }
        row_cells(out, row);
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
