// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_plot.h"

#include "report_gnuplot.h"
#include "report_html_write.h"
#include "report_plot_private.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_PHASES  1000
#define MOST_LETTERS 40 // as wide as a phone

const struct plot_panel plot_panels[PLOT_PANELS] = {
    {"cadence", "Cadence", {"cadence_spm", "step_cadence_spm"}, {"from the rhythm", "from single steps"}, false, true},
    {"breathing", "Breathing rate", {"rate_bpm"}, {NULL}, false, true},
    {"thoracic", "Thoracic flexion", {"thoracic_flexion_deg"}, {NULL}, true, false},
    {"lean", "Trunk lean", {"trunk_lean_deg"}, {NULL}, true, false},
    {"ratio", "Steps per breath", {"steps_per_breath"}, {NULL}, false, true},
    {"neck", "Neck flexion", {"neck_flexion_deg"}, {NULL}, true, false},
    {"share", "Chest share of breathing", {"chest_share"}, {NULL}, false, false},
    {"speed", "Belt speed", {"speed_m_s"}, {NULL}, false, false},
};

struct plot_axis plot_axis_about(double from, double to, int at_most_ticks)
{
    static const double mantissas[] = {1, 2, 5, 10};
    double least = to - from > 0 ? (to - from) / at_most_ticks : 1.0 / at_most_ticks;
    double power = pow(10, floor(log10(least)));
    struct plot_axis axis = {.step = 10 * power};
    for (int i = 3; i >= 0; i--)
        if (mantissas[i] * power >= least * 0.999)
            axis.step = mantissas[i] * power;
    axis.from = floor(from / axis.step + 1e-9) * axis.step;
    axis.to = ceil(to / axis.step - 1e-9) * axis.step;
    if (axis.to <= axis.from)
        axis.to = axis.from + axis.step;
    return axis;
}

bool plot_begin(struct plot_script *s, struct plot_picture *picture, int width, int height, int left, int right)
{
    if (s->n_drawn == PLOT_MAX)
        return false;
    s->drawn[s->n_drawn++] = picture;
    *picture = (struct plot_picture){.width = width, .height = height};
    fprintf(s->file,
            "reset\nset terminal svg size %d,%d dynamic noenhanced font 'sans,12'\n"
            "unset key\nset datafile missing 'NaN'\nset style fill solid 1 noborder\n"
            "set lmargin at screen %.6f\nset rmargin at screen %.6f\nset tmargin at screen %.6f\n"
            "set bmargin at screen %.6f\nset border 0\nunset tics\n",
            width, height, left / (double)width, 1 - right / (double)width, 1 - PLOT_TOP_PX / (double)height,
            PLOT_FOOT_PX / (double)height);
    return true;
}

void plot_put_name(FILE *file, const char *name)
{
    for (const char *at = name; *at != '\0' && at < name + MOST_LETTERS; at++) {
        bool is_plain = isalnum((unsigned char)*at) || strchr("-+,.()/", *at);
        int letter = is_plain && (unsigned char)*at < 0x80 ? *at : ' ';
        fputc(at == name ? toupper(letter) : letter, file);
    }
}

void plot_time_axis(struct plot_script *s, enum plot_layout layout)
{
    static const int steps[] = {10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400};
    int at_most = layout == PLOT_WIDE ? 11 : 5, step = steps[0];
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && s->until_s / step > at_most; i++)
        step = steps[i];
    while (s->until_s / step > at_most)
        step *= 2;
    fprintf(s->file, "set xrange [0:%.3f]\nset xtics nomirror scale 0 offset 0,0.15 textcolor rgb " ROLE " (",
            s->until_s, SVG_TEXT);
    for (long t = 0; (double)t <= s->until_s; t += step) {
        fputs(t > 0 ? ", '" : "'", s->file);
        html_clock(s->file, (double)t);
        fprintf(s->file, "' %ld", t);
    }
    fprintf(s->file, ")\nset border 1 linecolor rgb " ROLE "\n", SVG_AXIS);
}

int plot_right_px(const struct plot_script *s)
{
    return s->until_s >= 3600 ? 28 : 20;
}

void plot_phases(struct plot_script *s, enum plot_layout layout, double low, double high)
{
    const json_t *phase;
    size_t i;
    int width = (layout == PLOT_WIDE ? PLOT_WIDE_PX : PLOT_NARROW_PX) - PLOT_LEFT_PX - plot_right_px(s);
    json_array_foreach(json_object_get(s->model, "phases"), i, phase)
    {
        const char *name = model_text(phase, "phase");
        double from = fmax(0, model_number(phase, "from_s")), until = fmin(s->until_s, model_number(phase, "until_s"));
        if (!(until > from) || i >= MOST_PHASES)
            continue;
        bool is_tired = strcmp(name, "fatigued") == 0;
        if (is_tired || i % 2 == 1)
            fprintf(s->file,
                    "set object rectangle from %.3f,%.9g to %.3f,%.9g behind fillcolor rgb " ROLE
                    " fillstyle solid noborder\n",
                    from, low, until, high, is_tired ? SVG_TIRED : SVG_SHADE);
        if ((until - from) * width / s->until_s < 8 + 7.0 * (double)strlen(name))
            continue;
        fputs("set label '", s->file);
        plot_put_name(s->file, name);
        fprintf(s->file, "' at first %.3f, screen %.6f offset 0.4,-0.6 textcolor rgb " ROLE "\n", from,
                1 - PLOT_TOP_PX / (double)s->drawn[s->n_drawn - 1]->height, SVG_TEXT);
    }
}

bool plot_is_raised(const json_t *finding)
{
    return json_array_size(json_object_get(finding, "spells")) > 0;
}

static void write_all(struct plot_script *s, struct report_plots *plots)
{
    const json_t *assessment;
    size_t i;
    for (int layout = 0; layout < N_PLOT_LAYOUTS && s->until_s > 0; layout++) {
        for (int k = 0; k < PLOT_PANELS; k++)
            plot_panel_write(s, &plot_panels[k], (enum plot_layout)layout, &plots->panel[k][layout]);
        plot_lanes_write(s, (enum plot_layout)layout, &plots->lanes[layout]);
    }
    plot_ratio_write(s, &plots->ratio);
    json_array_foreach(json_object_get(s->model, "assessments"), i, assessment)
    {
        if (i < PLOT_ASSESSMENTS)
            plot_range_write(s, assessment, &plots->range[i]);
    }
}

static void draw(struct plot_script *s, char *why, size_t why_size)
{
    char *svg, *content[PLOT_MAX] = {NULL};
    if (s->n_drawn == 0 || gnuplot_draw(s->file, &svg, why, why_size) != 0)
        return;
    int n = svg_content(svg, content, PLOT_MAX);
    for (int i = 0; i < PLOT_MAX; i++) {
        if (n == s->n_drawn && i < n)
            s->drawn[i]->content = content[i];
        else
            free(content[i]);
    }
    if (n != s->n_drawn)
        snprintf(why, why_size, "gnuplot gave %d pictures instead of %d", n < 0 ? 0 : n, s->n_drawn);
    free(svg);
}

void report_plots_make(struct report_plots *plots, const json_t *model)
{
    struct plot_script script = {.model = model};
    memset(plots, 0, sizeof *plots);
    script.until_s = model_number(json_object_get(model, "source"), "duration_s");
    if (!(script.until_s > 0 && script.until_s < 1e7))
        script.until_s = 0;
    int fd = memfd_create("plots", MFD_CLOEXEC);
    script.file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (!script.file) {
        snprintf(plots->why, sizeof plots->why, "no memory for their script");
        if (fd >= 0)
            close(fd);
        return;
    }
    write_all(&script, plots);
    draw(&script, plots->why, sizeof plots->why);
    fclose(script.file);
}

void report_plots_free(struct report_plots *plots)
{
    for (int layout = 0; layout < N_PLOT_LAYOUTS; layout++) {
        for (int i = 0; i < PLOT_PANELS; i++)
            free(plots->panel[i][layout].content);
        free(plots->lanes[layout].content);
    }
    free(plots->ratio.content);
    for (int i = 0; i < PLOT_ASSESSMENTS; i++)
        free(plots->range[i].content);
    memset(plots, 0, sizeof *plots);
}
