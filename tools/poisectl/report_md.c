// SPDX-License-Identifier: GPL-3.0-or-later
// A report as Markdown that reads well in a terminal, too: short lines, tables with even columns.
#include "report_md.h"

#include "report_data.h"
#include "report_private.h"
#include "safe_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Text from elsewhere: no control characters, nothing that Markdown would take for its own.
void md_text(FILE *out, const char *text)
{
    char *safe = safe_text(text);
    for (const char *c = safe ? safe : ""; *c; c++) {
        if (strchr("\\`*_<>[]|#", *c))
            fputc('\\', out);
        fputc(*c, out);
    }
    free(safe);
}

const char *md_text_of(const json_t *object, const char *key)
{
    const char *text = report_text(object, key);
    return text[0] ? text : "–";
}

// "deg" is a degree sign in front of readers.
const char *md_unit_of(const json_t *row)
{
    const char *unit = report_text(row, "unit");
    return strcmp(unit, "deg") == 0 ? "\u00b0" : unit;
}

void md_cell(struct table *table, const json_t *row, const char *key, int decimals)
{
    double value = report_number(row, key);
    if (isfinite(value))
        table_cell(table, "%.*f", decimals, value);
    else
        table_cell(table, "–");
}

int md_decimals_of(const json_t *row)
{
    double decimals = report_number(row, "decimals");
    return decimals >= 0 && decimals <= 6 ? (int)decimals : 2;
}

static void cell_clock(struct table *table, const json_t *row, const char *key)
{
    char clock[REPORT_CLOCK];
    report_clock(report_number(row, key), clock);
    table_cell(table, "%s", isfinite(report_number(row, key)) ? clock : "–");
}

void md_list(FILE *out, const json_t *list, const char *key)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        fputs("- ", out);
        if (key)
            fprintf(out, "**%s** ", report_text(item, "level"));
        md_text(out, key ? report_text(item, key) : json_string_value(item) ? json_string_value(item) : "");
        fputc('\n', out);
    }
    if (json_array_size(list) > 0)
        fputc('\n', out);
}

static void write_source(FILE *out, const json_t *model)
{
    const json_t *source = json_object_get(model, "source"), *files = json_object_get(source, "files");
    char clock[REPORT_CLOCK];
    report_clock(report_number(source, "duration_s"), clock);
    fputs("# Session of ", out);
    md_text(out, report_text(source, "subject")[0] ? report_text(source, "subject") : "an unknown runner");
    fputs("\n\n", out);
    md_text(out, report_text(source, "begun_utc")[0] ? report_text(source, "begun_utc") : "at an unknown time");
    fprintf(out, ", %s long, rig ", clock);
    md_text(out, md_text_of(source, "rig"));
    fprintf(out, "; values %s.  \nFrom ", report_text(source, "metrics"));
    const char *first = json_string_value(json_array_get(files, 0));
    md_text(out, first ? first : "–");
    if (json_array_size(files) > 1)
        fprintf(out, " and %zu more", json_array_size(files) - 1);
    if (report_text(source, "session")[0] != '\0')
        fputs(", session ", out);
    md_text(out, report_text(source, "session"));
    fputs(".\n\n", out);
    md_list(out, json_object_get(source, "notes"), NULL);
}

static void write_quality(FILE *out, const json_t *quality)
{
    fprintf(out, "## What can be trusted: %s\n\n", report_text(quality, "verdict"));
    md_list(out, json_object_get(quality, "sentences"), "text");
    struct table table;
    size_t i;
    json_t *row;
    table_begin(&table, "Sensor|state|running %|Hz|ppm|jitter µs|gaps|missed|clipped|trust");
    json_array_foreach(json_object_get(quality, "sites"), i, row)
    {
        table_cell(&table, "%s", report_text(row, "site"));
        table_cell(&table, "%s", report_text(row, "state"));
        md_cell(&table, row, "running_pct", 1);
        md_cell(&table, row, "rate_hz", 1);
        md_cell(&table, row, "ppm", 0);
        md_cell(&table, row, "jitter_us", 1);
        md_cell(&table, row, "gaps", 0);
        md_cell(&table, row, "missed", 0);
        md_cell(&table, row, "saturated", 0);
        table_cell(&table, "%s", report_text(row, "trust"));
    }
    table_end(&table, out);
    table_begin(&table, "Answered|of|%|why not");
    json_array_foreach(json_object_get(quality, "answered"), i, row)
    {
        table_cell(&table, "%s", report_text(row, "what"));
        table_cell(&table, "%s", report_text(row, "of"));
        md_cell(&table, row, "answered_pct", 1);
        table_cell(&table, "%s", report_text(row, "why"));
    }
    table_end(&table, out);
}

static void write_summary(FILE *out, const json_t *summary)
{
    fputs("## In short\n\n", out);
    md_list(out, json_object_get(summary, "sentences"), NULL);
    md_text(out, report_text(summary, "did"));
    fputs("\n\n", out);
}

static void write_evidence(FILE *out, const json_t *finding)
{
    const char *key;
    json_t *told;
    json_object_foreach(json_object_get(finding, "evidence"), key, told)
    {
        char value[REPORT_FIGURE], reference[REPORT_FIGURE];
        const char *unit = json_string_value(json_object_get(told, "unit"));
        report_figure(json_object_get(told, "value"), unit, md_decimals_of(told), value);
        report_figure(json_object_get(told, "reference"), unit, md_decimals_of(told), reference);
        fputs("- ", out);
        md_text(out, report_text(told, "title"));
        fprintf(out, " %s", value);
        if (json_is_number(json_object_get(told, "reference")))
            fprintf(out, " against %s", reference);
        fputc('\n', out);
    }
}

static void write_spells(FILE *out, const json_t *finding)
{
    char from[REPORT_CLOCK], until[REPORT_CLOCK];
    size_t i;
    json_t *spell;
    fputs("- when:", out);
    json_array_foreach(json_object_get(finding, "spells"), i, spell)
    {
        report_clock(report_number(spell, "from_s"), from);
        report_clock(report_number(spell, "until_s"), until);
        fprintf(out, "%s %s–%s %s", i > 0 ? "," : "", from, until, report_text(spell, "level"));
    }
    fputc('\n', out);
}

// The raised ones in full; of the others who they are.
static void write_findings(FILE *out, const json_t *findings)
{
    size_t i, n = 0;
    json_t *finding;
    fputs("## What was found\n\n", out);
    json_array_foreach(findings, i, finding)
    {
        if (json_array_size(json_object_get(finding, "spells")) == 0)
            continue;
        n++;
        fputs("### ", out);
        md_text(out, report_text(finding, "title"));
        fprintf(out, ": %s\n\n", report_text(finding, "level"));
        fprintf(out, "%s\n\n", report_text(finding, "says"));
        write_evidence(out, finding);
        write_spells(out, finding);
        fprintf(out, "\n%s\n\n", report_text(finding, "advice"));
    }
    if (n == 0)
        fputs("Nothing beyond its limits.\n\n", out);
    const char *between = "In order: ";
    json_array_foreach(findings, i, finding) if (strcmp(report_text(finding, "level"), "ok") == 0)
    {
        fputs(between, out);
        md_text(out, report_text(finding, "title"));
        between = ", ";
    }
    if (strcmp(between, ", ") == 0)
        fputs(".\n\n", out);
    struct table table;
    table_begin(&table, "Not judged|why");
    json_array_foreach(findings, i, finding) if (strcmp(report_text(finding, "level"), "unknown") == 0)
    {
        table_cell(&table, "%s", report_text(finding, "title"));
        table_cell(&table, "%s", md_text_of(finding, "unknown_of"));
    }
    table_end(&table, out);
}

static void write_metrics(FILE *out, const json_t *model)
{
    struct table table;
    size_t i;
    json_t *row;
    fputs("## Measured\n\n", out);
    table_begin(&table, "Quantity|in|unit|median|5 %|95 %|mean|sd|known %");
    json_array_foreach(json_object_get(model, "metrics"), i, row)
    {
        int d = md_decimals_of(row);
        table_cell(&table, "%s", report_text(row, "title"));
        table_cell(&table, "%s", report_text(row, "activity"));
        table_cell(&table, "%s", md_unit_of(row));
        static const char *const keys[] = {"median", "p5", "p95", "mean", "sd"};
        for (int k = 0; k < 5; k++)
            md_cell(&table, row, keys[k], d);
        md_cell(&table, row, "answered_pct", 0);
    }
    table_end(&table, out);
    table_begin(&table, "Left and right|in|unit|left|right|difference|asymmetry %");
    json_array_foreach(json_object_get(model, "left_right"), i, row)
    {
        table_cell(&table, "%s", report_text(row, "title"));
        table_cell(&table, "%s", report_text(row, "activity"));
        table_cell(&table, "%s", md_unit_of(row));
        md_cell(&table, row, "left", md_decimals_of(row));
        md_cell(&table, row, "right", md_decimals_of(row));
        md_cell(&table, row, "difference", md_decimals_of(row));
        md_cell(&table, row, "asymmetry_pct", 1);
    }
    table_end(&table, out);
    const json_t *breaths = json_object_get(model, "steps_per_breath");
    if (json_is_object(breaths))
        fprintf(out, "Steps per breath (%s): median %.2f, locked to the steps for %.0f %% of the time.\n\n",
                report_text(breaths, "activity"), report_number(breaths, "median"),
                isfinite(report_number(breaths, "locked_pct")) ? report_number(breaths, "locked_pct") : 0.0);
}

static void write_course(FILE *out, const json_t *model)
{
    struct table table;
    size_t i;
    json_t *row;
    fputs("## Course\n\n", out);
    table_begin(&table, "Phase|from|until");
    json_array_foreach(json_object_get(model, "phases"), i, row)
    {
        table_cell(&table, "%s", report_text(row, "phase"));
        cell_clock(&table, row, "from_s");
        cell_clock(&table, row, "until_s");
    }
    table_end(&table, out);
    table_begin(&table, "Drift|unit|baseline|last|change|largest|sd|drifted");
    json_array_foreach(json_object_get(model, "drift"), i, row)
    {
        static const char *const keys[] = {"baseline", "last", "change", "largest"};
        table_cell(&table, "%s", report_text(row, "title"));
        table_cell(&table, "%s", md_unit_of(row));
        for (int k = 0; k < 4; k++)
            md_cell(&table, row, keys[k], md_decimals_of(row));
        md_cell(&table, row, "sigmas", 1);
        table_cell(&table, "%s", json_is_true(json_object_get(row, "drifted")) ? "yes" : "no");
    }
    table_end(&table, out);
    table_begin(&table, "At|what|");
    json_array_foreach(json_object_get(model, "marks"), i, row)
    {
        cell_clock(&table, row, "t_s");
        table_cell(&table, "mark");
        table_cell(&table, "%s", report_text(row, "text"));
    }
    json_array_foreach(json_object_get(model, "events"), i, row)
    {
        const char *site = report_text(row, "site");
        cell_clock(&table, row, "t_s");
        table_cell(&table, "%s", site[0] ? site : report_text(row, "kind"));
        table_cell(&table, "%s", report_text(row, "text"));
    }
    table_end(&table, out);
}

static void write_assessments(FILE *out, const json_t *assessments)
{
    size_t i, k;
    json_t *assessment, *row;
    json_array_foreach(assessments, i, assessment)
    {
        char clock[REPORT_CLOCK];
        report_clock(report_number(assessment, "t_s"), clock);
        fputs("## ", out);
        md_text(out, report_text(assessment, "title"));
        fprintf(out, "\n\nAt %s, %s.\n\n", clock, md_text_of(assessment, "outcome"));
        struct table table;
        table_begin(&table, "Part|side|count|held|range °|best °|hold s|smoothness");
        json_array_foreach(json_object_get(assessment, "rows"), k, row)
        {
            table_cell(&table, "%s", md_text_of(row, "part"));
            table_cell(&table, "%s", md_text_of(row, "side"));
            md_cell(&table, row, "count", 0);
            md_cell(&table, row, "held", 0);
            md_cell(&table, row, "range_deg", 1);
            md_cell(&table, row, "best_deg", 1);
            md_cell(&table, row, "hold_s", 1);
            md_cell(&table, row, "smoothness", 2);
        }
        table_end(&table, out);
    }
}

int report_markdown(FILE *out, const json_t *model)
{
    if (json_object_get(model, "compare")) {
        report_md_compare(out, model);
    } else {
        write_source(out, model);
        write_quality(out, json_object_get(model, "quality"));
        write_summary(out, json_object_get(model, "summary"));
        write_findings(out, json_object_get(model, "findings"));
        write_metrics(out, model);
        write_course(out, model);
        write_assessments(out, json_object_get(model, "assessments"));
    }
    fputs(report_text(model, "disclaimer"), out);
    fputc('\n', out);
    return ferror(out) ? -EIO : 0;
}
