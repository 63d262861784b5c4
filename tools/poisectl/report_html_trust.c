// SPDX-License-Identifier: GPL-3.0-or-later
// What can be trusted, at the top in words and at the end in numbers; where the report comes from.
#include "report_html_private.h"
#include "report_html_write.h"

#include <math.h>
#include <string.h>

static void sentences(FILE *out, const json_t *list)
{
    const json_t *sentence;
    size_t i;
    fputs("<ul class=\"sentences\">\n", out);
    json_array_foreach(list, i, sentence)
    {
        const char *level = model_text(sentence, "level");
        fputs("<li>", out);
        html_level(out, level, NULL);
        fputs(" <span>", out);
        html_foreign(out, model_text(sentence, "text"));
        fputs("</span></li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void sites(FILE *out, const json_t *list)
{
    const json_t *site;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    fputs("<h3>Sensors</h3>\n<ul class=\"sites\">\n", out);
    json_array_foreach(list, i, site)
    {
        const char *trust = html_level_word(model_text(site, "trust"));
        fputs("<li>", out);
        html_sign(out, trust);
        fputs("<span class=\"site\">", out);
        html_name(out, model_text(site, "site"));
        fputs("</span> <span class=\"share\">", out);
        if (strcmp(trust, "good") != 0) {
            html_text(out, trust);
            fputs(", ", out);
        }
        html_number(out, floor(model_number(site, "running_pct")), 0); // 99.9 % is not all of it
        fputs("\u00A0%</span>", out);
        if (model_text(site, "why")[0] != '\0') {
            fputs("<span class=\"why\">", out);
            html_foreign(out, model_text(site, "why"));
            fputs("</span>", out);
        }
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

// What was known for less than half of the time, so that nobody looks for it in vain.
static void missing(FILE *out, const json_t *answered)
{
    const json_t *row;
    size_t i, n = 0;
    json_array_foreach(answered, i, row)
    {
        double known = model_number(row, "answered_pct");
        if (!(known < 50))
            continue;
        fputs(n++ == 0 ? "<h3>Hardly or not known</h3>\n<ul class=\"plain\">\n<li>" : "<li>", out);
        fputs("<b>", out);
        html_text(out, model_text(row, "what"));
        fputs("</b> ", out);
        html_number(out, known, 0);
        fputs("\u00A0% of the time", out);
        if (model_text(row, "why")[0] != '\0') {
            fputs(": ", out);
            html_foreign(out, model_text(row, "why"));
        }
        fputs("</li>\n", out);
    }
    if (n > 0)
        fputs("</ul>\n", out);
}

void html_trust(FILE *out, const json_t *model)
{
    const json_t *quality = json_object_get(model, "quality");
    const char *verdict = model_text(quality, "verdict");
    if (json_object_size(quality) == 0)
        return;
    html_section(out, "trust", "What can be trusted");
    fputs("<p class=\"verdict\">", out);
    html_level(out, verdict,
               strcmp(verdict, "good") == 0   ? "Good data"
               : strcmp(verdict, "fair") == 0 ? "Fair data"
               : strcmp(verdict, "poor") == 0 ? "Poor data"
                                              : "Quality not known");
    fputs("</p>\n", out);
    sentences(out, json_object_get(quality, "sentences"));
    missing(out, json_object_get(quality, "answered"));
    sites(out, json_object_get(quality, "sites"));
    fputs("</section>\n", out);
}

static void sensor_table(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"Site", "Trust",  "Delivering, %", "Rate, Hz",   "Clock, ppm", "Jitter, µs",
                                          "Gaps", "Missed", "Clipped",       "Slipped, °", NULL};
    const json_t *site;
    size_t i;
    html_table_begin(out, "Sensors: medians of rate, clock and jitter, counts of samples", "numbers", columns);
    json_array_foreach(list, i, site)
    {
        fputs("<tr><th scope=\"row\">", out);
        html_name(out, model_text(site, "site"));
        fputs("</th><td class=\"word\">", out);
        html_level(out, model_text(site, "trust"), NULL);
        fputs("</td>", out);
        html_cell_of(out, site, "running_pct", 1);
        html_cell_of(out, site, "rate_hz", 1);
        html_cell_of(out, site, "ppm", 0);
        html_cell_of(out, site, "jitter_us", 0);
        html_cell_of(out, site, "gaps", 0);
        html_cell_of(out, site, "missed", 0);
        html_cell_of(out, site, "saturated", 0);
        html_cell_of(out, site, "slipped_deg", 1);
        fputs("</tr>\n", out);
    }
    html_table_end(out);
}

static const char *time_of(const char *of)
{
    return strcmp(of, "all") == 0      ? "of the whole time"
           : strcmp(of, "run") == 0    ? "of the time running"
           : strcmp(of, "moving") == 0 ? "of the time moving"
                                       : of;
}

static void answered_table(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"Value", "Known for", NULL};
    const json_t *row;
    size_t i;
    html_table_begin(out, "How much of the time a value was known", "answered", columns);
    json_array_foreach(list, i, row)
    {
        double known = model_number(row, "answered_pct");
        fputs("<tr><th scope=\"row\">", out);
        html_text(out, model_text(row, "what"));
        if (model_text(row, "why")[0] != '\0') {
            fputs("<span class=\"below\">", out);
            html_foreign(out, model_text(row, "why"));
            fputs("</span>", out);
        }
        fprintf(out, "</th><td><span class=\"bar\"><span class=\"filled\" style=\"--share:%.1f%%\"></span>",
                known > 0 ? fmin(known, 100) : 0);
        html_number(out, known, 0);
        fputs("\u00A0%</span><span class=\"below\">", out);
        html_text(out, time_of(model_text(row, "of")));
        fputs("</span></td></tr>\n", out);
    }
    html_table_end(out);
}

static void counters(FILE *out, const json_t *quality)
{
    static const struct {
        const char *key, *says;
    } words[] = {{"in", "samples came"},
                 {"used", "were used"},
                 {"dropped", "were dropped"},
                 {"invalid", "were invalid"},
                 {"held", "wait at the end"}};
    const json_t *counts = json_object_get(quality, "counters");
    if (json_object_size(counts) == 0)
        return;
    fputs("<p class=\"note\">", out);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        fputs(i > 0 ? ", " : "", out);
        html_number(out, model_number(counts, words[i].key), 0);
        fprintf(out, " %s", words[i].says);
    }
    fputs(". Calibrated for ", out);
    html_number(out, model_number(quality, "calibrated_pct"), 1);
    fputs("\u00A0% of the time.</p>\n", out);
}

void html_sensors(FILE *out, const json_t *model)
{
    const json_t *quality = json_object_get(model, "quality"), *list = json_object_get(quality, "sites");
    const json_t *answered = json_object_get(quality, "answered");
    if (json_object_size(quality) == 0)
        return;
    html_section(out, "sensors", "Sensors and data in figures");
    if (json_array_size(list) > 0)
        sensor_table(out, list);
    counters(out, quality);
    if (json_array_size(answered) > 0)
        answered_table(out, answered);
    fputs("</section>\n", out);
}

static void source_row(FILE *out, const char *what, const char *text)
{
    if (text[0] == '\0')
        return;
    fprintf(out, "<div><dt>%s</dt><dd>", what);
    html_foreign(out, text);
    fputs("</dd></div>\n", out);
}

void html_source(FILE *out, const json_t *model)
{
    const json_t *source = json_object_get(model, "source"), *notes = json_object_get(source, "notes"), *item;
    bool is_recorded = strcmp(model_text(source, "metrics"), "recorded") == 0;
    size_t i;
    if (json_object_size(source) == 0)
        return;
    html_section(out, "source", "Where this comes from");
    fputs("<dl class=\"source\">\n", out);
    json_array_foreach(json_object_get(source, "files"), i, item)
    {
        source_row(out, i == 0 ? "Recording" : "Next part", json_string_value(item) ? json_string_value(item) : "");
    }
    source_row(out, "Session", model_text(source, "session"));
    source_row(out, "Start of the daemon", model_text(source, "boot"));
    source_row(out, "Begun", model_text(source, "begun_utc"));
    source_row(out, "Ended", model_text(source, "ended_utc"));
    source_row(out, "Values", is_recorded ? "as the daemon published them" : "computed anew from the recorded samples");
    fputs("</dl>\n", out);
    json_array_foreach(notes, i, item)
    {
        fputs("<p class=\"note\">", out);
        html_foreign(out, json_string_value(item) ? json_string_value(item) : "");
        fputs("</p>\n", out);
    }
    fputs("</section>\n", out);
}
