// SPDX-License-Identifier: GPL-3.0-or-later
// The session over time: the plots with what a reader who does not see them needs, phases, marks and events as tables.
#include "report_html_private.h"
#include "report_html_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPEED_STAYS_S 10

// role="img": the letters inside are not read one by one, title and desc are.
static void picture(FILE *out, const struct plot_picture *picture, const char *class_name, const char *id,
                    const char *title, const char *desc)
{
    if (!picture->content)
        return;
    fprintf(out,
            "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-%s-t %s-%s-d\">\n"
            "<title id=\"%s-%s-t\">%s</title><desc id=\"%s-%s-d\">%s</desc>\n%s</svg>\n",
            class_name, picture->width, picture->height, id, class_name, id, class_name, id, class_name, title, id,
            class_name, desc, picture->content);
}

static void legend(FILE *out, const struct plot_panel *panel, const json_t *values)
{
    fputs("<span class=\"legend\">", out);
    for (int k = 0; k < 2; k++)
        if (panel->line[k] && json_object_get(values, panel->key[k]))
            fprintf(out, "<span class=\"sample %s\"></span>%s ", k == 0 ? "first" : "second", panel->line[k]);
    if (panel->has_band)
        fputs("<span class=\"sample band\"></span>5 to 95\u00A0% of the values ", out);
    fputs("</span>", out);
}

// From where to where, for those who hear the page.
static void describe(FILE *out, const struct plot_panel *panel, const json_t *series)
{
    const json_t *list = json_object_get(json_object_get(series, "values"), panel->key[0]), *value;
    const json_t *about = json_object_get(json_object_get(series, "about"), panel->key[0]);
    double low = INFINITY, high = -INFINITY;
    size_t i, n = 0;
    json_array_foreach(list, i, value)
    {
        double x = json_is_number(value) ? json_number_value(value) : (double)NAN;
        if (!isfinite(x) || (panel->still_is_gap && x <= 0))
            continue;
        low = fmin(low, x);
        high = fmax(high, x);
        n++;
    }
    fputs("From ", out);
    html_text(out, model_text(about, "title"));
    fputs(" of ", out);
    html_number(out, low, model_decimals(about));
    fputs(" to ", out);
    html_number(out, high, model_decimals(about));
    html_unit(out, about);
    fprintf(out, ", known in %zu of %zu steps of time.", n, i);
}

static void panel_figure(FILE *out, const struct plot_panel *panel, const struct plot_picture pictures[],
                         const json_t *series)
{
    const json_t *about = json_object_get(json_object_get(series, "about"), panel->key[0]);
    char *desc = NULL;
    size_t size;
    FILE *text = pictures[PLOT_WIDE].content ? open_memstream(&desc, &size) : NULL;
    if (!text)
        return;
    describe(text, panel, series);
    fclose(text);
    char id[32];
    snprintf(id, sizeof id, "plot-%s", panel->name);
    fprintf(out, "<figure>\n<figcaption><b>%s</b>", panel->title);
    html_unit_name(out, about);
    legend(out, panel, json_object_get(series, "values"));
    fputs("</figcaption>\n", out);
    picture(out, &pictures[PLOT_WIDE], "wide", id, panel->title, desc ? desc : "");
    picture(out, &pictures[PLOT_NARROW], "narrow", id, panel->title, desc ? desc : "");
    fputs("</figure>\n", out);
    free(desc);
}

static void lanes_figure(FILE *out, const struct plot_picture pictures[])
{
    static const char desc[] = "When each finding was raised; the times stand with the findings above.";
    if (!pictures[PLOT_WIDE].content)
        return;
    fputs("<figure>\n<figcaption><b>Findings</b><span class=\"legend\"><span class=\"sample notice\"></span>notice "
          "<span class=\"sample warn\"></span>warning</span></figcaption>\n",
          out);
    picture(out, &pictures[PLOT_WIDE], "wide", "plot-lanes", "Findings over time", desc);
    picture(out, &pictures[PLOT_NARROW], "narrow", "plot-lanes", "Findings over time", desc);
    fputs("</figure>\n", out);
}

static void phases(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"Phase", "From", "Until", "For", NULL};
    const json_t *phase;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_table_begin(out, "Phases of the session", "numbers narrow", columns);
    json_array_foreach(list, i, phase)
    {
        double from = model_number(phase, "from_s"), until = model_number(phase, "until_s");
        fputs("<tr><th scope=\"row\">", out);
        html_name(out, model_text(phase, "phase"));
        fputs("</th><td>", out);
        html_clock(out, from);
        fputs("</td><td>", out);
        html_clock(out, until);
        fputs("</td><td>", out);
        html_duration(out, until - from);
        fputs("</td></tr>\n", out);
    }
    html_table_end(out);
}

static void marks(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"No.", "At", "Mark", NULL};
    const json_t *mark;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_table_begin(out, "Marks set during the session", "told", columns);
    json_array_foreach(list, i, mark)
    {
        fprintf(out, "<tr><td>%zu</td><td>", i + 1);
        html_clock(out, model_number(mark, "t_s"));
        fputs("</td><td class=\"word\">", out);
        html_foreign(out, model_text(mark, "text"));
        fputs("</td></tr>\n", out);
    }
    html_table_end(out);
}

// A belt is told every second while it gets faster: only where it stays for a while.
static bool is_passing(const json_t *list, size_t i)
{
    const json_t *event = json_array_get(list, i), *next = NULL;
    if (strcmp(model_text(event, "kind"), "speed") != 0)
        return false;
    for (size_t k = i + 1; k < json_array_size(list) && !next; k++)
        if (strcmp(model_text(json_array_get(list, k), "kind"), "speed") == 0)
            next = json_array_get(list, k);
    return model_number(next, "t_s") - model_number(event, "t_s") < SPEED_STAYS_S;
}

static void events(FILE *out, const json_t *list)
{
    static const char *const columns[] = {"At", "Kind", "Site", "What", NULL};
    const json_t *event;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    html_table_begin(out, "Events", "told", columns);
    json_array_foreach(list, i, event)
    {
        if (is_passing(list, i))
            continue;
        fputs("<tr><td>", out);
        html_clock(out, model_number(event, "t_s"));
        fputs("</td><td class=\"word\">", out);
        html_name(out, model_text(event, "kind"));
        fputs("</td><td class=\"word\">", out);
        html_name(out, model_text(event, "site"));
        fputs("</td><td class=\"word\">", out);
        html_foreign(out, model_text(event, "text"));
        fputs("</td></tr>\n", out);
    }
    html_table_end(out);
}

void html_timeline(FILE *out, const json_t *model, const struct report_plots *plots)
{
    const json_t *series = json_object_get(model, "series");
    double step_s = model_number(series, "step_s");
    html_section(out, "time", "Over time");
    if (plots->why[0] != '\0') {
        fputs("<p class=\"note\">The plots are left out: ", out);
        html_text(out, plots->why);
        fputs(".</p>\n", out);
    } else if (isfinite(step_s)) {
        fputs("<p class=\"note\">Minutes and seconds from the begin; means over ", out);
        html_duration(out, step_s);
        fputs(". A hole in a line is time without a value, or standing still. The ground is shaded for every other "
              "phase, red for fatigue.</p>\n",
              out);
    }
    for (int i = 0; i < PLOT_PANELS; i++)
        panel_figure(out, &plot_panels[i], plots->panel[i], series);
    lanes_figure(out, plots->lanes);
    phases(out, json_object_get(model, "phases"));
    marks(out, json_object_get(model, "marks"));
    events(out, json_object_get(model, "events"));
    fputs("</section>\n", out);
}

void html_breathing_ratio(FILE *out, const json_t *model, const struct report_plots *plots)
{
    const json_t *ratio = json_object_get(model, "steps_per_breath");
    if (json_object_size(ratio) == 0)
        return;
    html_section(out, "ratio", "Steps per breath");
    fputs("<p>While ", out);
    fputs(strcmp(model_text(ratio, "activity"), "walk") == 0 ? "walking" : "running", out);
    fputs(", the middle breath took <b>", out);
    html_number(out, model_number(ratio, "median"), 1);
    fputs(" steps</b>. Breath and steps were locked to each other for ", out);
    html_number(out, model_number(ratio, "locked_pct"), 0);
    fputs("\u00A0% of the time", out);
    if (isfinite(model_number(ratio, "locked_ratio"))) {
        fputs(", mostly at ", out);
        html_number(out, model_number(ratio, "locked_ratio"), 1);
        fputs(" steps", out);
    }
    fputs(".</p>\n", out);
    if (plots->ratio.content) {
        fputs("<figure class=\"small\">\n<figcaption><b>Share of the time</b> <span class=\"unit\">by steps per "
              "breath</span></figcaption>\n",
              out);
        picture(out, &plots->ratio, "both", "plot-histogram", "Steps per breath, share of the time",
                "A histogram in bins of half a step.");
        fputs("</figure>\n", out);
    }
    fputs("</section>\n", out);
}
