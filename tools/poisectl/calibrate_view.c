// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_view.h"

#include "line.h"
#include "safe_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR      20
#define TEXT_MAX 400

// Against the configured mount. More is possible on a body, but far more often a sensor that is worn turned over or
// swapped with another.
#define DOUBTFUL_TILT_DEG 45 // the skin over C7 alone leans by 25
#define DOUBTFUL_TURN_DEG 20

void calibrate_view_init(struct calibrate_view *v, bool json)
{
    struct winsize size;
    const char *terminal = getenv("TERM");
    *v = (struct calibrate_view){.to = stdout, .columns = 80};
    if (json)
        v->style = VIEW_JSON;
    else if (isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0)
        v->style = VIEW_IN_PLACE;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        v->columns = size.ws_col;
}

// The cursor rests below the line, so that whatever else is printed, an error say, begins a line of its own.
static void put_line(struct calibrate_view *v, const char *text)
{
    bool in_place = v->style == VIEW_IN_PLACE;
    int width = in_place && v->columns <= TEXT_MAX ? v->columns - 1 : TEXT_MAX;
    fprintf(v->to, "%s%.*s\n", in_place && v->standing ? "\033[A\r\033[K" : "", width, text);
    fflush(v->to);
    v->standing = true;
}

static void draw_step(struct calibrate_view *v, const char *state, double progress)
{
    char bar[BAR + 1], text[TEXT_MAX];
    int full = progress >= 1 ? BAR : progress > 0 ? (int)(progress * BAR) : 0;
    memset(bar, '-', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    snprintf(text, sizeof text, "%-6s [%s] %5s  %s", v->step, bar, state, v->hint);
    for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
        text[n - 1] = '\0';
    put_line(v, text);
}

static void take_shown(struct calibrate_view *v, const char *step, const json_t *object)
{
    snprintf(v->step, sizeof v->step, "%.15s", step);
    line_text(object, "hint", v->hint, sizeof v->hint);
    if (strcmp(v->hint, "-") == 0)
        v->hint[0] = '\0';
    // ASCII: a character of several bytes could be cut in two at the terminal's edge.
    for (char *c = v->hint; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

// The step shown last has ended: its line is kept.
static void end_step(struct calibrate_view *v, bool well)
{
    if (v->step[0] == '\0')
        return;
    v->hint[0] = '\0';
    if (well)
        draw_step(v, "done", 1);
    v->standing = false;
    v->step[0] = '\0';
}

static void show_json(struct calibrate_view *v, const json_t *object)
{
    json_int_t seq = json_integer_value(json_object_get(object, "seq"));
    if (seq == v->seq)
        return;
    v->seq = seq;
    json_dumpf(object, v->to, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_REAL_PRECISION(15));
    fputc('\n', v->to);
    fflush(v->to);
}

void calibrate_view_show(struct calibrate_view *v, const json_t *object)
{
    const char *outcome = json_string_value(json_object_get(object, "outcome"));
    bool well = !outcome || strcmp(outcome, "done") == 0 || strcmp(outcome, "running") == 0;
    struct calibrate_view before = *v;
    char step[16], percent[16];
    if (v->style == VIEW_JSON) {
        show_json(v, object);
        return;
    }
    line_text(object, "step", step, sizeof step);
    if (!outcome || strcmp(outcome, "running") != 0 || strcmp(step, "-") == 0) {
        end_step(v, well);
        return;
    }
    if (strcmp(step, v->step) != 0)
        end_step(v, well);
    take_shown(v, step, object);
    double progress = line_number(object, "progress");
    snprintf(percent, sizeof percent, "%3.0f %%", progress >= 0 && progress <= 1 ? 100 * progress : 0);
    bool changed = strcmp(before.step, v->step) != 0 || strcmp(before.hint, v->hint) != 0;
    if (v->style == VIEW_IN_PLACE || changed)
        draw_step(v, percent, progress);
}

void calibrate_view_wait(struct calibrate_view *v, const char *why)
{
    if (v->style == VIEW_JSON || strcmp(v->hint, why) == 0)
        return;
    snprintf(v->hint, sizeof v->hint, "%s", why);
    put_line(v, why);
}

static void print_doubts(const struct calibrate_view *v, const char *site, const json_t *fit)
{
    double tilt = line_number(fit, "tilt_deg"), turn = line_number(fit, "axis_turn_deg");
    double slipped = line_number(fit, "slipped_deg");
    bool tilted = tilt > DOUBTFUL_TILT_DEG, turned = fabs(turn) > DOUBTFUL_TURN_DEG;
    if (tilted || turned)
        fprintf(v->to, "%s:", site);
    if (tilted)
        fprintf(v->to, " tilted by %.0f degrees%s", tilt, turned ? " and" : "");
    if (turned)
        fprintf(v->to, " turned by %.0f degrees to the %s", fabs(turn), turn > 0 ? "left" : "right");
    if (tilted || turned)
        fputs(" against its mount: check that the sensor sits as configured\n", v->to);
    if (slipped >= 0)
        fprintf(v->to, "%s: has slipped by %.0f degrees since: put it back or calibrate again\n", site, slipped);
}

static void print_fit(const struct calibrate_view *v, const char *site, const json_t *fit)
{
    char tilt[32], sway[32], axis[16], turn[32], share[32];
    fprintf(v->to, "%-15s %9s %9s %6s %9s %6s\n", site, line_value(line_number(fit, "tilt_deg"), 1, tilt),
            line_value(line_number(fit, "sway_deg"), 2, sway), line_text(fit, "axis", axis, sizeof axis),
            line_value(line_number(fit, "axis_turn_deg"), 1, turn),
            line_value(line_number(fit, "axis_share"), 2, share));
}

static void print_fits(const struct calibrate_view *v, json_t *sites)
{
    const char *site;
    json_t *fit;
    fprintf(v->to, "\n%-15s %9s %9s %6s %9s %6s\n", "site", "tilt deg", "sway deg", "axis", "turn deg", "share");
    json_object_foreach(sites, site, fit)
    {
        if (safe_text_is(site))
            print_fit(v, site, fit);
    }
    json_object_foreach(sites, site, fit)
    {
        if (safe_text_is(site))
            print_doubts(v, site, fit);
    }
}

static void print_tall(const struct calibrate_view *v, json_t *tall)
{
    const char *key;
    json_t *angle;
    char number[32];
    fputs("\nin the tall stand, against the calibrated one:\n", v->to);
    json_object_foreach(tall, key, angle)
    {
        if (json_is_number(angle) && safe_text_is(key))
            fprintf(v->to, "%-30s %7s\n", key, line_value(json_number_value(angle), 1, number));
    }
}

void calibrate_view_result(struct calibrate_view *v, const json_t *object, bool tall)
{
    if (v->style == VIEW_JSON)
        return;
    if (tall)
        print_tall(v, json_object_get(object, "tall"));
    else
        print_fits(v, json_object_get(object, "sites"));
    fflush(v->to);
}
