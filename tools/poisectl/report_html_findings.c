// SPDX-License-Identifier: GPL-3.0-or-later
// The summary and the findings: what was raised, with its evidence, when, and what helps; what was fine; what could not
// be answered, and why.
#include "report_html_private.h"
#include "report_html_write.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define SPELLS_TOLD 6

static void figure(FILE *out, const json_t *summary, const char *key, const char *what)
{
    double value = model_number(summary, key);
    if (!(value > 0)) // not known, or none of it
        return;
    fprintf(out, "<div><dt>%s</dt><dd>", what);
    size_t length = strlen(key);
    if (length > 2 && strcmp(key + length - 2, "_s") == 0) {
        html_duration(out, value);
    } else if (strcmp(key, "distance_m") == 0) {
        html_number(out, value >= 1000 ? value / 1000 : value, value >= 1000 ? 2 : 0);
        fputs(value >= 1000 ? "\u00A0km" : "\u00A0m", out);
    } else {
        html_number(out, value, 0);
    }
    fputs("</dd></div>\n", out);
}

void html_summary(FILE *out, const json_t *model)
{
    const json_t *summary = json_object_get(model, "summary"), *sentence;
    size_t i;
    if (json_object_size(summary) == 0)
        return;
    html_section(out, "summary", "In short");
    if (json_array_size(json_object_get(summary, "sentences")) > 0) {
        fputs("<ol class=\"short\">\n", out);
        json_array_foreach(json_object_get(summary, "sentences"), i, sentence)
        {
            fputs("<li>", out);
            html_foreign(out, json_string_value(sentence) ? json_string_value(sentence) : "");
            fputs("</li>\n", out);
        }
        fputs("</ol>\n", out);
    }
    fputs("<dl class=\"figures\">\n", out);
    figure(out, summary, "ran_s", "Running");
    figure(out, summary, "walked_s", "Walking");
    figure(out, summary, "still_s", "Still");
    if (model_number(summary, "unknown_s") >= 1)
        figure(out, summary, "unknown_s", "Not known");
    figure(out, summary, "steps", "Steps");
    figure(out, summary, "breaths", "Breaths");
    figure(out, summary, "distance_m", "Distance");
    fputs("</dl>\n</section>\n", out);
}

static void evidence(FILE *out, const json_t *finding)
{
    const json_t *all = json_object_get(finding, "evidence");
    const char *key;
    json_t *item;
    if (json_object_size(all) == 0)
        return;
    fputs("<dl class=\"evidence\">\n", out);
    json_object_foreach((json_t *)(uintptr_t)all, key, item)
    {
        double value = model_number(item, "value"), reference = model_number(item, "reference");
        int decimals = figure_decimals(item, value);
        fputs("<div><dt>", out);
        if (model_text(item, "title")[0] != '\0')
            html_text(out, model_text(item, "title"));
        else
            html_name(out, key);
        fputs("</dt><dd>", out);
        html_number(out, value, decimals);
        html_unit(out, item);
        if (isfinite(reference)) {
            fputs(" <span class=\"against\">against ", out);
            html_number(out, reference, decimals);
            html_unit(out, item);
            fputs("</span>", out);
        }
        fputs("</dd></div>\n", out);
    }
    fputs("</dl>\n", out);
}

static void spells(FILE *out, const json_t *finding)
{
    const json_t *list = json_object_get(finding, "spells"), *spell;
    const char *told = "";
    size_t i, n = json_array_size(list);
    double notice_s = model_number(finding, "notice_s"), warn_s = model_number(finding, "warn_s");
    fputs("<p class=\"when\"><b>When</b> ", out);
    html_duration(out, (notice_s > 0 ? notice_s : 0) + (warn_s > 0 ? warn_s : 0));
    fputs(" in all", out);
    json_array_foreach(list, i, spell)
    {
        if (i == SPELLS_TOLD && n > SPELLS_TOLD + 1)
            break;
        fputs(i == 0 ? ": " : ", ", out);
        const char *level = html_level_word(model_text(spell, "level"));
        fprintf(out, "<span class=\"spell\">%s", strcmp(level, told) != 0 ? level : "");
        fputs(strcmp(level, told) != 0 ? " " : "", out);
        told = level;
        html_span(out, model_number(spell, "from_s"), model_number(spell, "until_s"));
        fputs("</span>", out);
    }
    if (n > SPELLS_TOLD + 1)
        fprintf(out, " and %zu more", n - SPELLS_TOLD);
    if (isfinite(model_number(finding, "worst_s"))) {
        fputs("; worst at ", out);
        html_clock(out, model_number(finding, "worst_s"));
    }
    fputs(".</p>\n", out);
}

static void title_of(FILE *out, const json_t *finding)
{
    if (model_text(finding, "title")[0] != '\0')
        html_text(out, model_text(finding, "title"));
    else
        html_name(out, model_text(finding, "factor"));
}

static void raised(FILE *out, const json_t *finding)
{
    const char *level = model_text(finding, "level");
    bool is_warn = strcmp(level, "warn") == 0;
    fprintf(out, "<article class=\"finding %s\">\n<h3>", is_warn ? "poor" : "fair");
    title_of(out, finding);
    fputs("</h3>\n<p class=\"grade\">", out);
    html_level(out, level, is_warn ? "Warning" : "Notice");
    fputs(" <span class=\"cause\">", out);
    html_name(out, model_text(finding, "cause"));
    fputs("</span></p>\n<p>", out);
    html_text(out, model_text(finding, "says"));
    fputs("</p>\n", out);
    evidence(out, finding);
    spells(out, finding);
    if (model_text(finding, "advice")[0] != '\0') {
        fputs("<p class=\"advice\"><b>What helps</b> ", out);
        html_text(out, model_text(finding, "advice"));
        fputs("</p>\n", out);
    }
    fputs("</article>\n", out);
}

static bool has_level(const json_t *finding, const char *level)
{
    return strcmp(model_text(finding, "level"), level) == 0;
}

static void fine(FILE *out, const json_t *findings)
{
    const json_t *finding;
    size_t i, n = 0;
    json_array_foreach(findings, i, finding)
    {
        if (!has_level(finding, "ok"))
            continue;
        fputs(n++ == 0 ? "<h3>Looked at, and fine</h3>\n<p class=\"note\">Behind each the time for which there was an "
                         "answer.</p>\n<ul class=\"inline\">\n<li>"
                       : "<li>",
              out);
        title_of(out, finding);
        if (isfinite(model_number(finding, "answered_s"))) {
            fputs(" <span class=\"share\">", out);
            html_duration(out, model_number(finding, "answered_s"));
            fputs("</span>", out);
        }
        fputs("</li>\n", out);
    }
    if (n > 0)
        fputs("</ul>\n", out);
}

static bool is_unanswered_of(const json_t *finding, const char *reason)
{
    return has_level(finding, "unknown") && strcmp(model_text(finding, "unknown_of"), reason) == 0;
}

// A reason once, with all that it left open.
static void unanswered(FILE *out, const json_t *findings)
{
    const json_t *first;
    size_t i, n = 0;
    json_array_foreach(findings, i, first)
    {
        const char *reason = model_text(first, "unknown_of");
        size_t k = 0, told = 0;
        while (k < i && !is_unanswered_of(json_array_get(findings, k), reason))
            k++;
        if (!has_level(first, "unknown") || k < i)
            continue;
        fputs(n++ == 0 ? "<h3>Not answered</h3>\n<ul class=\"plain\">\n<li><b>" : "<li><b>", out);
        html_foreign(out, reason[0] != '\0' ? reason : "no reason told");
        fputs(":</b> ", out);
        for (k = i; k < json_array_size(findings); k++) {
            if (!is_unanswered_of(json_array_get(findings, k), reason))
                continue;
            fputs(told++ > 0 ? ", " : "", out);
            title_of(out, json_array_get(findings, k));
        }
        fputs("</li>\n", out);
    }
    if (n > 0)
        fputs("</ul>\n", out);
}

void html_findings(FILE *out, const json_t *model)
{
    const json_t *findings = json_object_get(model, "findings"), *finding;
    size_t i, n = 0;
    if (json_array_size(findings) == 0)
        return;
    html_section(out, "findings", "What was found");
    json_array_foreach(findings, i, finding)
    {
        if (!has_level(finding, "warn") && !has_level(finding, "notice"))
            continue;
        raised(out, finding);
        n++;
    }
    if (n == 0)
        fputs("<p>Nothing was raised.</p>\n", out);
    fine(out, findings);
    unanswered(out, findings);
    fputs("</section>\n", out);
}
