// SPDX-License-Identifier: GPL-3.0-or-later
// Plots that are not over time: steps per breath, and the ranges of an assessment.
#include "report_html_write.h"
#include "report_plot_private.h"

#include <math.h>
#include <string.h>

#define RATIO_PX  150
#define MOST_BINS 60
#define ROW_PX    36
#define LEFT_PX   12
#define RIGHT_PX  20

void plot_ratio_write(struct plot_script *s, struct plot_picture *picture)
{
    const json_t *bin, *bins = json_object_get(json_object_get(s->model, "steps_per_breath"), "histogram");
    size_t i;
    double low = INFINITY, high = -INFINITY, most = 0;
    json_array_foreach(bins, i, bin)
    {
        low = fmin(low, model_number(bin, "ratio"));
        high = fmax(high, model_number(bin, "ratio"));
        most = fmax(most, model_number(bin, "share"));
    }
    if (!(high >= low) || !(most > 0) || high - low > MOST_BINS ||
        !plot_begin(s, picture, PLOT_NARROW_PX, RATIO_PX, LEFT_PX, RIGHT_PX))
        return;
    fprintf(s->file, "set xrange [%.3f:%.3f]\nset yrange [0:%.6f]\n", low - 0.5, high + 0.5, most * 1.15);
    fprintf(s->file, "set xtics nomirror scale 0 offset 0,0.15 textcolor rgb " ROLE " (", SVG_TEXT);
    double step = high - low > 12 ? 2 : high - low > 5 ? 1 : 0.5; // a bin is half a step wide
    int first = (int)ceil(low / step);
    for (int tic = first; tic * step <= high; tic++)
        fprintf(s->file, "%s'%g' %g", tic > first ? ", " : "", tic * step, tic * step);
    fprintf(s->file, ")\nset border 1 linecolor rgb " ROLE "\nset boxwidth 0.42\n$bins << EOD\n", SVG_AXIS);
    json_array_foreach(bins, i, bin)
    {
        double ratio = model_number(bin, "ratio"), share = model_number(bin, "share");
        if (!isfinite(ratio) || !isfinite(share))
            continue;
        fprintf(s->file, "%.3f %.6f \"%.0f %%\"\n", ratio, share, 100 * share);
    }
    fprintf(s->file,
            "EOD\nplot $bins using 1:2 with boxes linecolor rgb " ROLE ", $bins using 1:($2 > %.6f ? $2 : NaN):3 with "
            "labels offset 0,0.6 textcolor rgb " ROLE "\n",
            SVG_FIRST, high - low > 5 ? most * 0.3 : 0.005, SVG_TEXT);
}

// One row below its name: a line between left and right, a disc for left, a ring for right.
static void write_range_row(struct plot_script *s, const json_t *rows, const char *part, double y, double px)
{
    const json_t *row;
    size_t i;
    double ends[2] = {(double)NAN, (double)NAN};
    json_array_foreach(rows, i, row)
    {
        if (strcmp(model_text(row, "part"), part) == 0)
            ends[strcmp(model_text(row, "side"), "right") == 0] = model_number(row, "range_deg");
    }
    fputs("set label '", s->file);
    plot_put_name(s->file, part);
    fprintf(s->file, "' at graph 0, first %.6f offset 0,0 front textcolor rgb " ROLE "\n", y + 22 / px, SVG_TEXT);
    if (isfinite(ends[0]) && isfinite(ends[1]))
        fprintf(s->file, "set arrow from %.3f,%.6f to %.3f,%.6f nohead linewidth 2 linecolor rgb " ROLE "\n", ends[0],
                y + 8 / px, ends[1], y + 8 / px, SVG_AXIS);
    for (int k = 1; k >= 0; k--)
        if (isfinite(ends[k]))
            fprintf(s->file,
                    "set label '' at %.3f,%.6f front point pointtype %d pointsize 0.85 linecolor rgb " ROLE "\n",
                    ends[k], y + 8 / px, k ? 5 + 1 : 7, k ? SVG_SECOND : SVG_FIRST);
}

static bool is_first_of_part(const json_t *rows, size_t i)
{
    const char *part = model_text(json_array_get(rows, i), "part");
    for (size_t k = 0; k < i; k++) {
        const json_t *row = json_array_get(rows, k);
        if (isfinite(model_number(row, "range_deg")) && strcmp(model_text(row, "part"), part) == 0)
            return false;
    }
    return isfinite(model_number(json_array_get(rows, i), "range_deg"));
}

void plot_range_write(struct plot_script *s, const json_t *assessment, struct plot_picture *picture)
{
    const json_t *row, *rows = json_object_get(assessment, "rows");
    size_t i;
    int n = 0, at = 0;
    double most = 0;
    json_array_foreach(rows, i, row)
    {
        n += is_first_of_part(rows, i);
        if (isfinite(model_number(row, "range_deg")))
            most = fmax(most, fabs(model_number(row, "range_deg")));
    }
    if (n == 0 || n > 32 || !(most > 0) || most > 1e4 ||
        !plot_begin(s, picture, PLOT_NARROW_PX, PLOT_TOP_PX + PLOT_FOOT_PX + n * ROW_PX, LEFT_PX, RIGHT_PX))
        return;
    struct plot_axis axis = plot_axis_about(0, most * 1.02, 6);
    fprintf(s->file, "set xrange [0:%.6g]\nset yrange [0:%d]\n", axis.to, n);
    fprintf(s->file, "set xtics nomirror scale 0 offset 0,0.15 textcolor rgb " ROLE " (", SVG_TEXT);
    for (int k = 0; k * axis.step <= axis.to * 1.001; k++)
        fprintf(s->file, "%s'%g°' %g", k > 0 ? ", " : "", k * axis.step, k * axis.step);
    fprintf(s->file, ")\nset border 1 linecolor rgb " ROLE "\n", SVG_AXIS);
    json_array_foreach(rows, i, row)
    {
        if (is_first_of_part(rows, i))
            write_range_row(s, rows, model_text(row, "part"), n - ++at, ROW_PX);
    }
    fputs("plot ", s->file);
    for (int k = 0; k < n; k++)
        fprintf(s->file, "%s%d with lines linewidth 1 linecolor rgb " ROLE, k > 0 ? ", " : "", k,
                k == 0 ? SVG_AXIS : SVG_GRID);
    fputc('\n', s->file);
}
