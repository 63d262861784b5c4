// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_html.h"

#include "report_html_private.h"
#include "report_html_write.h"

#include <errno.h>
#include <string.h>

extern const unsigned char report_css[]; // report.css
extern const size_t report_css_size;

void html_section(FILE *out, const char *id, const char *title)
{
    fprintf(out, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n", id, id, id, title);
}

static const struct {
    const char *level, *sign, *class_name;
} levels[] = {{"unknown", "–", "unknown"}, {"good", "●", "good"},   {"fair", "◐", "fair"}, {"poor", "○", "poor"},
              {"ok", "●", "good"},         {"notice", "◆", "fair"}, {"warn", "▲", "poor"}};

static size_t level_of(const char *level)
{
    size_t i = sizeof levels / sizeof levels[0] - 1;
    while (i > 0 && strcmp(levels[i].level, level) != 0)
        i--;
    return i;
}

const char *html_level_word(const char *level)
{
    return levels[level_of(level)].level;
}

void html_level(FILE *out, const char *level, const char *word)
{
    size_t i = level_of(level);
    fprintf(out, "<span class=\"level %s\"><span aria-hidden=\"true\">%s</span> %s</span>", levels[i].class_name,
            levels[i].sign, word ? word : levels[i].level);
}

void html_sign(FILE *out, const char *level)
{
    fputs("<span class=\"sign\">", out);
    html_level(out, level, NULL);
    fputs("</span>", out);
}

// The policy forbids what the page does not need anyway: should text of a recording ever pass as markup, it could load
// and run nothing.
static void begin(FILE *out, const char *title, const char *person)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          out);
    html_text(out, title);
    if (person[0] != '\0') {
        fputs(" · ", out);
        html_text(out, person);
    }
    fputs("</title>\n<style>\n", out);
    fwrite(report_css, 1, report_css_size, out);
    fputs("</style>\n</head>\n<body>\n<main>\n", out);
}

static void finish(FILE *out, const json_t *model)
{
    fputs("<footer>\n<p>", out);
    html_text(out, model_text(model, "disclaimer"));
    fputs("</p>\n<p>", out);
    html_text(out, model_text(model, "program"));
    if (model_text(model, "made_utc")[0] != '\0') {
        fputs(", ", out);
        html_date(out, model_text(model, "made_utc"));
    }
    fputs("</p>\n</footer>\n</main>\n</body>\n</html>\n", out);
}

static void header(FILE *out, const json_t *model)
{
    const json_t *source = json_object_get(model, "source");
    const char *subject = model_text(source, "subject"), *rig = model_text(source, "rig");
    const char *file = json_string_value(json_array_get(json_object_get(source, "files"), 0));
    fputs("<header>\n<p class=\"kind\">Session report</p>\n<h1>", out);
    if (model_text(source, "begun_utc")[0] == '\0' && file)
        html_foreign(out, file);
    else
        html_date(out, model_text(source, "begun_utc"));
    fputs("</h1>\n<p class=\"about\">", out);
    if (subject[0] != '\0') {
        fputs("Subject ", out);
        html_foreign(out, subject);
    } else {
        fputs("Subject not known", out);
    }
    fputs(" · ", out);
    html_duration(out, model_number(source, "duration_s"));
    if (rig[0] != '\0') {
        fputs(" · rig ", out);
        html_foreign(out, rig);
    }
    fputs("</p>\n", out);
    if (model_text(json_object_get(model, "summary"), "did")[0] != '\0') {
        fputs("<p class=\"did\">", out);
        html_text(out, model_text(json_object_get(model, "summary"), "did"));
        fputs("</p>\n", out);
    }
    fputs("</header>\n", out);
}

static void contents(FILE *out, const json_t *model)
{
    static const struct {
        const char *key, *id, *title;
    } parts[] = {{"quality", "trust", "Trust"},
                 {"summary", "summary", "Summary"},
                 {"findings", "findings", "Findings"},
                 {"series", "time", "Over time"},
                 {"steps_per_breath", "ratio", "Steps per breath"},
                 {"left_right", "sides", "Left and right"},
                 {"drift", "drift", "Drift"},
                 {"assessments", "assessments", "Assessments"},
                 {"metrics", "metrics", "Figures"},
                 {"quality", "sensors", "Sensors"},
                 {"source", "source", "Source"}};
    fputs("<nav aria-label=\"Contents\"><ul>\n", out);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const json_t *part = json_object_get(model, parts[i].key);
        if (json_array_size(part) > 0 || json_object_size(part) > 0)
            fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", parts[i].id, parts[i].title);
    }
    fputs("</ul></nav>\n", out);
}

static void session_page(FILE *out, const json_t *model)
{
    struct report_plots plots;
    report_plots_make(&plots, model);
    begin(out, "Session report", model_text(json_object_get(model, "source"), "subject"));
    header(out, model);
    contents(out, model);
    html_trust(out, model);
    html_summary(out, model);
    html_findings(out, model);
    html_timeline(out, model, &plots);
    html_breathing_ratio(out, model, &plots);
    html_left_right(out, model);
    html_drift(out, model);
    html_assessments(out, model, &plots);
    html_metrics(out, model);
    html_sensors(out, model);
    html_source(out, model);
    finish(out, model);
    report_plots_free(&plots);
}

int report_html(FILE *out, const json_t *model)
{
    if (json_object_get(model, "compare")) {
        begin(out, "Two sessions", model_text(json_object_get(json_object_get(model, "b"), "source"), "subject"));
        html_compare(out, model);
        finish(out, model);
    } else {
        session_page(out, model);
    }
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return errno != 0 ? -errno : -EIO;
    return 0;
}
