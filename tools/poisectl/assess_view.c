// SPDX-License-Identifier: GPL-3.0-or-later
#include "assess_view.h"

#include "cli.h"
#include "line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HALF     12 // of the bar
#define SPAN_DEG 60 // of half the bar, until more is reached
#define TEXT_MAX 400
#define ERASE    "\033[A\r\033[K" // the line above the cursor

void assess_view_init(struct assess_view *v, bool json)
{
    struct winsize size;
    const char *terminal = getenv("TERM");
    *v = (struct assess_view){.to = stdout, .columns = 80, .span_deg = SPAN_DEG};
    if (json)
        v->style = ASSESS_JSON;
    else if (isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0)
        v->style = ASSESS_IN_PLACE;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        v->columns = size.ws_col;
}

static void list_sites(char *buffer, uint32_t sites, const char *before, const char *between)
{
    bool first = true;
    for (int s = 0; s < N_SITES; s++) {
        if (!(sites & SITE_BIT(s)))
            continue;
        size_t n = strlen(buffer);
        snprintf(buffer + n, 200 - n, "%s%s", first ? before : between, site_names[s]);
        first = false;
    }
}

const char *assess_view_sites(const struct exercise_info *info, char buffer[200])
{
    buffer[0] = '\0';
    list_sites(buffer, info->needs, "", ", ");
    list_sites(buffer, info->any, info->needs ? ", and " : "", " or ");
    return buffer;
}

void assess_view_begin(struct assess_view *v, const struct exercise_info *info, bool keys)
{
    char sites[200];
    if (v->style == ASSESS_JSON)
        return;
    fprintf(v->to, "%s\n", info->title);
    cli_wrap(v->to, 0, 0, info->why);
    fprintf(v->to, "It needs the sensors %s.\n", assess_view_sites(info, sites));
    fprintf(v->to, "%s ends it at any time; what was done by then stays.%s\n", keys ? "q" : "Ctrl-C",
            keys ? " n goes on to the next part." : "");
    fflush(v->to);
}

// The cursor rests below the line, so that whatever else is printed, an error say, begins a line of its own.
static void erase(struct assess_view *v)
{
    if (v->standing)
        fputs(ERASE, v->to);
    v->standing = false;
}

void assess_view_end(struct assess_view *v)
{
    erase(v);
    fflush(v->to);
}

// ASCII: a character of several bytes could be cut in two at the terminal's edge.
static void take_hint(char hint[200], const json_t *object)
{
    line_text(object, "hint", hint, 200);
    if (strcmp(hint, "-") == 0)
        hint[0] = '\0';
    for (char *c = hint; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

static void show_part(struct assess_view *v, const json_t *object)
{
    char part[48], says[TEXT_MAX];
    line_text(object, "part", part, sizeof part);
    if (!json_is_string(json_object_get(object, "part")) || strcmp(part, v->part) == 0)
        return;
    memcpy(v->part, part, sizeof v->part);
    for (char *c = part; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    v->hint[0] = '\0';
    v->rang = false;
    erase(v);
    fprintf(v->to, "\nPart %.0f of %.0f, %s\n  ", line_number(object, "part_number"), line_number(object, "parts"),
            part);
    cli_wrap(v->to, 2, 2, line_text(object, "says", says, sizeof says));
}

static void show_hint(struct assess_view *v, const json_t *object)
{
    char hint[200];
    take_hint(hint, object);
    if (hint[0] != '\0' && strcmp(hint, v->hint) != 0) {
        erase(v);
        fprintf(v->to, "  ! %s\n", hint);
    }
    memcpy(v->hint, hint, sizeof v->hint);
}

static int put_count(char *text, size_t size, const json_t *object, const char *key, const char *word)
{
    char target[24] = "";
    if (!json_is_integer(json_object_get(object, key)))
        return 0;
    if (json_is_integer(json_object_get(object, "target")))
        snprintf(target, sizeof target, "/%.0f", line_number(object, "target"));
    return snprintf(text, size, "%s%.0f%s  ", word, line_number(object, key), target);
}

// Left of its middle when left, right when right; from its left end where there are no sides.
static void draw_bar(const struct assess_view *v, double angle, bool sided, char bar[2 * HALF + 2])
{
    int cells = sided ? HALF : 2 * HALF + 1, from = sided ? HALF + 1 : 0;
    int n = (int)lround(fmin(fabs(angle) / v->span_deg, 1) * cells);
    memset(bar, '.', 2 * HALF + 1);
    bar[2 * HALF + 1] = '\0';
    if (sided)
        bar[HALF] = '|';
    memset(bar + (sided && angle > 0 ? HALF - n : from), '#', (size_t)n);
}

static void put_cue(char *text, size_t size, const json_t *object)
{
    const char *cue = json_string_value(json_object_get(object, "cue"));
    double left = line_number(object, "remaining_s"), target = line_number(object, "target_hold_s");
    double held = line_number(object, "held_s");
    if (!cue)
        return;
    bool timed = left > 0;
    if (strcmp(cue, "be_still") == 0)
        snprintf(text, size, timed ? "be still ... %.0f s more" : "be still", ceil(left));
    else if (strcmp(cue, "keep_going") == 0)
        snprintf(text, size, timed ? "keep going ... %.0f s more" : "keep going", ceil(left));
    else if (strcmp(cue, "hold") == 0 && held < target)
        snprintf(text, size, "hold ... %.0f s more", ceil(target - held));
    else if (strcmp(cue, "hold") == 0 || strcmp(cue, "back") == 0)
        snprintf(text, size, "and back");
    else
        snprintf(text, size, "now");
}

// The end of a hold is heard: who turns does not look at the screen.
static void ring(struct assess_view *v, const json_t *object)
{
    double held = line_number(object, "held_s"), target = line_number(object, "target_hold_s");
    if (!(held > 0))
        v->rang = false;
    if (v->rang || !(held >= target))
        return;
    fputc('\a', v->to);
    v->rang = true;
}

static void draw(struct assess_view *v, const json_t *object)
{
    char text[TEXT_MAX] = "  ", bar[2 * HALF + 2];
    size_t n = 2;
    bool sided = json_is_integer(json_object_get(object, "count_left"));
    double angle = line_number(object, "angle_deg");
    n += (size_t)put_count(text + n, sizeof text - n, object, "count_left", "left ");
    n += (size_t)put_count(text + n, sizeof text - n, object, "count_right", "right ");
    n += (size_t)put_count(text + n, sizeof text - n, object, "count", "");
    if (isfinite(angle)) {
        v->span_deg = fmax(v->span_deg, fabs(angle));
        draw_bar(v, angle, sided, bar);
        n += (size_t)snprintf(text + n, sizeof text - n, "[%s] %3.0f deg  ", bar, fabs(angle) < 1e4 ? fabs(angle) : 0);
    }
    put_cue(text + n, sizeof text - n, object);
    ring(v, object);
    int width = v->columns > 1 && v->columns <= TEXT_MAX ? v->columns - 1 : TEXT_MAX;
    fprintf(v->to, "%s%.*s\n", v->standing ? ERASE : "", width, text);
    v->standing = true;
}

static void show_repetition(struct assess_view *v, const json_t *object)
{
    char side[16] = "", buffer[32];
    double hold = line_number(object, "hold_s"), move = line_number(object, "move_s");
    if (json_is_string(json_object_get(object, "side")))
        line_text(object, "side", side, sizeof side);
    erase(v);
    fprintf(v->to, "  %s%s%.0f: %s deg", side, side[0] != '\0' ? " " : "", line_number(object, "number"),
            line_value(line_number(object, "range_deg"), 1, buffer));
    if (isfinite(hold))
        fprintf(v->to, ", held %s s", line_value(hold, 1, buffer));
    if (isfinite(move))
        fprintf(v->to, ", out in %s s", line_value(move, 1, buffer));
    fputc('\n', v->to);
}

static void show_json(const struct assess_view *v, const json_t *object)
{
    json_dumpf(object, v->to, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_REAL_PRECISION(15));
    fputc('\n', v->to);
}

void assess_view_take(struct assess_view *v, const json_t *object)
{
    const char *stream = json_string_value(json_object_get(object, "stream"));
    if (v->style == ASSESS_JSON) {
        show_json(v, object);
    } else if (stream && strcmp(stream, "repetition") == 0) {
        show_repetition(v, object);
    } else {
        show_part(v, object);
        show_hint(v, object);
        if (v->style == ASSESS_IN_PLACE && json_is_string(json_object_get(object, "part")))
            draw(v, object);
    }
    fflush(v->to);
}

void assess_view_say(struct assess_view *v, const char *sentence)
{
    if (v->style == ASSESS_JSON || strcmp(v->hint, sentence) == 0)
        return;
    snprintf(v->hint, sizeof v->hint, "%s", sentence);
    erase(v);
    fprintf(v->to, "%s\n", sentence);
    fflush(v->to);
}

void assess_view_name(int exercise, char name[48])
{
    snprintf(name, 48, "%s", exercises[exercise].name);
    for (char *c = name; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
}
