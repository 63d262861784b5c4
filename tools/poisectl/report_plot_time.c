// SPDX-License-Identifier: GPL-3.0-or-later
// Plots over the time of a session: one quantity each, and the lanes of what was found.
#include "report_html_write.h"
#include "report_plot_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PANEL_PX    158
#define LANE_PX     34
#define MOST_LANES  40
#define MOST_SPELLS 4000

struct range {
    double low, high;
};

static double at(const json_t *list, size_t i)
{
    const json_t *value = json_array_get(list, i);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static double shown(const struct plot_panel *panel, const json_t *list, size_t i)
{
    double value = at(list, i);
    return panel->still_is_gap && value <= 0 ? (double)NAN : value;
}

static const json_t *values_of(const struct plot_script *s, const char *table, const char *key)
{
    return key ? json_object_get(json_object_get(json_object_get(s->model, "series"), table), key) : NULL;
}

static void widen(struct range *range, double value)
{
    if (isfinite(value)) {
        range->low = fmin(range->low, value);
        range->high = fmax(range->high, value);
    }
}

static struct range range_of(const struct plot_script *s, const struct plot_panel *panel)
{
    struct range range = {INFINITY, -INFINITY};
    for (int k = 0; k < 2; k++) {
        const json_t *values = values_of(s, "values", panel->key[k]);
        for (size_t i = 0; i < json_array_size(values); i++)
            widen(&range, shown(panel, values, i));
    }
    for (int k = 0; k < 2 && panel->has_band; k++) {
        const json_t *values = values_of(s, k ? "high" : "low", panel->key[0]);
        for (size_t i = 0; i < json_array_size(values); i++)
            widen(&range, at(values, i));
    }
    return range;
}

// A line or a band as data sets of their own wherever values stand without a hole: gnuplot would fill a band across it.
// `every` joins steps where there are more of them than pixels. The number of sets.
static int write_sets(struct plot_script *s, const char *name, const struct plot_panel *panel, const json_t *a,
                      const json_t *b, size_t every)
{
    const json_t *t = json_object_get(json_object_get(s->model, "series"), "t_s");
    double step = model_number(json_object_get(s->model, "series"), "step_s"), last_t = 0, last[2] = {0};
    int n_sets = 0, n_in_set = 0;
    fprintf(s->file, "$%s << EOD\n", name);
    for (size_t i = 0; i <= json_array_size(t); i += every) {
        double sum[2] = {0}, when = 0;
        int n = 0;
        for (size_t k = i; k < i + every && k < json_array_size(t); k++) {
            double value = shown(panel, a, k), other = b ? at(b, k) : value;
            if (!isfinite(value) || !isfinite(other) || !isfinite(at(t, k)))
                continue;
            sum[0] += value;
            sum[1] += other;
            when += at(t, k);
            n++;
        }
        if (n > 0) {
            n_sets += n_in_set++ == 0;
            last_t = when / n;
            last[0] = sum[0] / n;
            last[1] = sum[1] / n;
            fprintf(s->file, "%.2f %.6g %.6g\n", last_t, last[0], last[1]);
        } else if (n_in_set > 0) {
            if (n_in_set == 1 && isfinite(step)) // a value alone is as wide as its step
                fprintf(s->file, "%.2f %.6g %.6g\n", last_t + step / 2, last[0], last[1]);
            fputs("\n\n", s->file);
            n_in_set = 0;
        }
    }
    fputs("EOD\n", s->file);
    return n_sets;
}

static void write_value_axis(struct plot_script *s, const struct plot_axis *axis, double top)
{
    fprintf(s->file, "set yrange [%.9g:%.9g]\nset ytics nomirror scale 0 offset 0.6,0 textcolor rgb " ROLE " (",
            axis->from, top, SVG_TEXT);
    int decimals = axis->step >= 1 ? 0 : axis->step >= 0.1 ? 1 : 2;
    for (int i = 0; axis->from + i * axis->step <= axis->to + axis->step / 2; i++) {
        double value = axis->from + i * axis->step;
        fprintf(s->file, "%s'", i > 0 ? ", " : "");
        html_number(s->file, value, decimals);
        fprintf(s->file, "' %.9g", value);
    }
    fprintf(s->file, ")\nset grid ytics back linetype 1 linewidth 1 linecolor rgb " ROLE "\n", SVG_GRID);
}

void plot_panel_write(struct plot_script *s, const struct plot_panel *panel, enum plot_layout layout,
                      struct plot_picture *picture)
{
    struct range range = range_of(s, panel);
    size_t n_steps = json_array_size(json_object_get(json_object_get(s->model, "series"), "t_s"));
    int width = layout == PLOT_WIDE ? PLOT_WIDE_PX : PLOT_NARROW_PX;
    if (!(range.high >= range.low) || fabs(range.low) > 1e9 || fabs(range.high) > 1e9 ||
        !plot_begin(s, picture, width, PANEL_PX, PLOT_LEFT_PX, plot_right_px(s)))
        return;
    size_t every = layout == PLOT_WIDE ? 1 + n_steps / 1700 : 1 + n_steps / 420;
    struct plot_axis axis = plot_axis_about(range.low, range.high, 4);
    plot_time_axis(s, layout);
    double top =
        axis.to + (axis.to - axis.from) * PLOT_NAMES_PX / (PANEL_PX - PLOT_TOP_PX - PLOT_FOOT_PX - PLOT_NAMES_PX);
    plot_phases(s, layout, axis.from, top);
    write_value_axis(s, &axis, top);
    int n_band = panel->has_band ? write_sets(s, "band", panel, values_of(s, "low", panel->key[0]),
                                              values_of(s, "high", panel->key[0]), every)
                                 : 0;
    int n_first = write_sets(s, "first", panel, values_of(s, "values", panel->key[0]), NULL, every);
    int n_second = write_sets(s, "second", panel, values_of(s, "values", panel->key[1]), NULL, every);
    fprintf(s->file, "plot %.9g with lines linecolor rgb " ROLE, axis.from, SVG_AXIS);
    if (n_band > 0)
        fprintf(s->file, ", for [i=0:%d] $band index i using 1:2:3 with filledcurves linecolor rgb " ROLE, n_band - 1,
                SVG_BAND);
    if (n_second > 0) // thinner and dashed: not told by its colour alone
        fprintf(s->file,
                ", for [i=0:%d] $second index i using 1:2 with lines linewidth 1.2 linecolor rgb " ROLE
                " dashtype (8,5)",
                n_second - 1, SVG_SECOND);
    if (n_first > 0)
        fprintf(s->file, ", for [i=0:%d] $first index i using 1:2 with lines linewidth 1.7 linecolor rgb " ROLE,
                n_first - 1, SVG_FIRST);
    fputc('\n', s->file);
}

// A bar low in the lane for notice, a high one for warn: height tells what colour tells.
static void write_spells(struct plot_script *s, const json_t *finding, double base, double px)
{
    const json_t *spell;
    size_t i;
    double px_per_s = (s->drawn[s->n_drawn - 1]->width - PLOT_LEFT_PX - plot_right_px(s)) / s->until_s;
    json_array_foreach(json_object_get(finding, "spells"), i, spell)
    {
        bool is_warn = strcmp(model_text(spell, "level"), "warn") == 0;
        double from = fmax(0, model_number(spell, "from_s")), until = fmin(s->until_s, model_number(spell, "until_s"));
        if (!(until >= from) || i >= MOST_SPELLS)
            continue;
        until = fmin(s->until_s, fmax(until, from + 2 / px_per_s)); // a short one is still seen
        fprintf(s->file,
                "set object rectangle from %.3f,%.6f to %.3f,%.6f front fillcolor rgb " ROLE
                " fillstyle solid noborder\n",
                from, base, until, base + (is_warn ? 12 : 6) / px, is_warn ? SVG_WARN : SVG_NOTICE);
    }
}

static void write_lane_name(struct plot_script *s, const char *name, double y)
{
    fputs("set label '", s->file);
    plot_put_name(s->file, name);
    fprintf(s->file, "' at graph 0, first %.6f offset 0.4,0 front textcolor rgb " ROLE "\n", y, SVG_TEXT);
}

static void write_marks(struct plot_script *s, double base, double px)
{
    const json_t *mark;
    size_t i;
    double last_px = -100, px_per_s = (s->drawn[s->n_drawn - 1]->width - PLOT_LEFT_PX - plot_right_px(s)) / s->until_s;
    write_lane_name(s, "Marks", base + 22 / px);
    json_array_foreach(json_object_get(s->model, "marks"), i, mark)
    {
        double t = model_number(mark, "t_s");
        if (!(t >= 0 && t <= s->until_s) || i >= 200)
            continue;
        fprintf(s->file, "set arrow from %.3f,%.6f to %.3f,%.6f nohead front linewidth 1.5 linecolor rgb " ROLE "\n", t,
                base, t, base + 12 / px, SVG_MARK);
        if (t * px_per_s - last_px < 18) // its number would lie on the one before
            continue;
        last_px = t * px_per_s;
        fprintf(s->file, "set label '%zu' at %.3f,%.6f offset 0.4,0 front textcolor rgb " ROLE "\n", i + 1, t,
                base + 7 / px, SVG_TEXT);
    }
}

void plot_lanes_write(struct plot_script *s, enum plot_layout layout, struct plot_picture *picture)
{
    const json_t *finding, *findings = json_object_get(s->model, "findings");
    size_t i;
    int n = 0, lane = 0, width = layout == PLOT_WIDE ? PLOT_WIDE_PX : PLOT_NARROW_PX;
    json_array_foreach(findings, i, finding) n += plot_is_raised(finding) && n < MOST_LANES;
    bool has_marks = json_array_size(json_object_get(s->model, "marks")) > 0;
    int n_lanes = n + has_marks;
    if (n_lanes == 0 || !plot_begin(s, picture, width, PLOT_TOP_PX + PLOT_NAMES_PX + PLOT_FOOT_PX + LANE_PX * n_lanes,
                                    PLOT_LEFT_PX, plot_right_px(s)))
        return;
    double top = n_lanes + (double)PLOT_NAMES_PX / LANE_PX;
    plot_time_axis(s, layout);
    plot_phases(s, layout, 0, top);
    fprintf(s->file, "set yrange [0:%.6f]\n", top);
    json_array_foreach(findings, i, finding)
    {
        if (!plot_is_raised(finding) || lane == n)
            continue;
        double base = n_lanes - ++lane;
        const char *title = model_text(finding, "title");
        write_lane_name(s, title[0] != '\0' ? title : model_text(finding, "factor"), base + 22.0 / LANE_PX);
        write_spells(s, finding, base, LANE_PX);
    }
    if (has_marks)
        write_marks(s, 0, LANE_PX);
    fputs("plot ", s->file);
    for (int k = 0; k < n_lanes; k++)
        fprintf(s->file, "%s%d with lines linewidth 1 linecolor rgb " ROLE, k > 0 ? ", " : "", k,
                k == 0 ? SVG_AXIS : SVG_GRID);
    fputc('\n', s->file);
}
