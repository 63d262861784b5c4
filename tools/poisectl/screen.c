// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen.h"

#include "line.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define TALL_ROWS 34 // room for one site per row, with all its numbers
#define SITE_CELL 39
#define SILENCE_S 3

static void add(struct screen *s, enum tone tone, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(struct screen *s, enum tone tone, const char *format, ...)
{
    if (s->used >= s->rows || s->used >= SCREEN_ROWS)
        return;
    char *row = s->text[s->used];
    int width = s->columns < SCREEN_COLUMNS ? s->columns : SCREEN_COLUMNS - 1;
    va_list args;
    va_start(args, format);
    vsnprintf(row, SCREEN_COLUMNS, format, args);
    va_end(args);
    row[width > 0 ? width : 0] = '\0';
    for (char *c = row; *c != '\0'; c++)
        if (*c < ' ' || *c > '~') // a byte of UTF-8 would shift the columns
            *c = '?';
    for (size_t n = strlen(row); n > 0 && row[n - 1] == ' '; n--)
        row[n - 1] = '\0';
    s->tone[s->used++] = tone;
}

struct text {
    char at[32];
};

static struct text value(const json_t *object, const char *key, int decimals)
{
    struct text text;
    line_value(line_number(object, key), decimals, text.at);
    return text;
}

// What a calibration waits for, or a sensor that moved since: the row under the head.
// What is raised, warnings first.
static void draw_findings(struct screen *s, const struct view *v)
{
    char text[SCREEN_COLUMNS] = "";
    bool warns = false;
    for (int level = LEVEL_WARN; level >= LEVEL_NOTICE; level--)
        for (int i = 0; i < N_FACTORS; i++) {
            size_t n = strlen(text);
            if (v->level[i] != level)
                continue;
            snprintf(text + n, sizeof text - n, "%s%s%s", n > 0 ? ", " : "", factors[i].name,
                     level == LEVEL_WARN ? "!" : "");
            warns = warns || level == LEVEL_WARN;
        }
    add(s, warns ? TONE_BAD : TONE_PLAIN, "%s%s", text[0] != '\0' ? "findings  " : "", text);
}

static void draw_calibration(struct screen *s, const struct view *v)
{
    const json_t *calibration = v->last[STREAM_CALIBRATION], *status = v->last[STREAM_STATUS];
    const json_t *slipped = json_object_get(v->last[STREAM_POSTURE], "slipped");
    bool lacking = status && !json_is_true(json_object_get(status, "calibrated"));
    char step[16], hint[160], names[160] = "";
    if (json_is_string(json_object_get(calibration, "step"))) {
        double progress = line_number(calibration, "progress");
        line_text(calibration, "hint", hint, sizeof hint);
        add(s, lacking ? TONE_BAD : TONE_STRONG, "%s: %s %.0f %%  %s", lacking ? "not calibrated" : "calibration",
            line_text(calibration, "step", step, sizeof step), progress >= 0 && progress <= 1 ? 100 * progress : 0,
            strcmp(hint, "-") == 0 ? "" : hint);
        return;
    }
    if (lacking) {
        add(s, TONE_BAD, "not calibrated: poisectl calibrate leads through it");
        return;
    }
    for (size_t i = 0; i < json_array_size(slipped); i++) {
        const char *name = json_string_value(json_array_get(slipped, i));
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, " %.15s", name ? name : "?");
    }
    if (names[0] != '\0')
        add(s, TONE_BAD, "slipped on the body:%s; put it back or calibrate again", names);
    else if (s->rows < TALL_ROWS) // where there is no row of their own
        draw_findings(s, v);
    else
        add(s, TONE_PLAIN, "%s", "");
}

static void draw_head(struct screen *s, const struct view *v)
{
    const json_t *status = v->last[STREAM_STATUS], *latency = json_object_get(status, "latency_ms");
    const json_t *recording = json_object_get(status, "recording");
    const json_t *any = NULL;
    char rig[64], path[160] = "";
    for (int i = 0; i < N_STREAMS && !any; i++)
        any = v->last[i];
    if (json_is_object(recording))
        line_text(recording, "path", path, sizeof path);
    add(s, TONE_STRONG, "poise  rig %s   latency p50 %s  p99 %s  max %s ms%s%s", line_text(any, "rig", rig, sizeof rig),
        value(latency, "p50", 1).at, value(latency, "p99", 1).at, value(latency, "max", 1).at,
        path[0] != '\0' ? "   recording " : "", path);
    if (v->silent_s > SILENCE_S)
        add(s, TONE_BAD, "nothing from %s for %.0f s", v->endpoint, v->silent_s);
    else
        draw_calibration(s, v);
}

static void draw_rates(struct screen *s, const struct view *v)
{
    const json_t *cadence = v->last[STREAM_CADENCE], *breathing = v->last[STREAM_BREATHING];
    char activity[16];
    add(s, TONE_PLAIN, "cadence   %7s steps/min    by steps %s   %s   confidence %s",
        value(cadence, "cadence_spm", 1).at, value(cadence, "step_cadence_spm", 1).at,
        line_text(cadence, "activity", activity, sizeof activity), value(cadence, "confidence", 2).at);
    add(s, TONE_PLAIN, "breathing %7s breaths/min  chest %s  abdomen %s deg   confidence %s",
        value(breathing, "rate_bpm", 1).at, value(breathing, "chest_deg", 2).at, value(breathing, "abdomen_deg", 2).at,
        value(breathing, "confidence", 2).at);
}

static void draw_steps(struct screen *s, const struct view *v)
{
    const json_t *gait = v->last[STREAM_GAIT], *arms = v->last[STREAM_ARMS], *pack = v->last[STREAM_PACK];
    char margin[40] = "";
    if (json_is_number(json_object_get(gait, "step_asymmetry_ci_pct")))
        snprintf(margin, sizeof margin, " +-%s", value(gait, "step_asymmetry_ci_pct", 1).at);
    add(s, TONE_PLAIN, "steps     contact %s ms  vertical %s mm  length %s m  asymmetry %s%s %%",
        value(gait, "contact_ms", 0).at, value(gait, "vertical_oscillation_mm", 0).at,
        value(gait, "step_length_m", 2).at, value(gait, "step_asymmetry_pct", 1).at, margin);
    add(s, TONE_PLAIN, "arms      left %s  right %s deg  asymmetry %s %%   pack %s mm  tilt %s deg",
        value(arms, "swing_left_deg", 0).at, value(arms, "swing_right_deg", 0).at, value(arms, "asymmetry_pct", 0).at,
        value(pack, "bounce_mm", 0).at, value(pack, "tilt_deg", 0).at);
}

// Two columns of angles, each now and averaged.
static void draw_posture(struct screen *s, const struct view *v)
{
    static const struct {
        const char *shown, *key;
    } angles[] = {{"trunk lean", "trunk_lean_deg"},
                  {"side lean", "trunk_side_lean_deg"},
                  {"thoracic flexion", "thoracic_flexion_deg"},
                  {"lumbar flexion", "lumbar_flexion_deg"},
                  {"neck flexion", "neck_flexion_deg"},
                  {"pelvic tilt", "pelvic_tilt_deg"},
                  {"pelvic obliquity", "pelvic_obliquity_deg"},
                  {"lateral bend", "lateral_bend_deg"},
                  {"trunk rotation", "trunk_rotation_deg"},
                  {"rotation range", "trunk_rotation_range_deg"},
                  {"shoulder left", "shoulder_elevation_left_deg"},
                  {"shoulder right", "shoulder_elevation_right_deg"},
                  {"shoulder asymmetry", "shoulder_asymmetry_deg"},
                  {"protraction", "shoulder_protraction_deg"}};
    const json_t *now = v->last[STREAM_POSTURE], *mean = json_object_get(now, "mean");
    const size_t half = sizeof angles / sizeof angles[0] / 2;
    add(s, TONE_HEADING, "%-20s%8s%8s   %-20s%8s%8s", "posture, degrees", "now", "mean", "", "now", "mean");
    for (size_t i = 0; i < half; i++) {
        size_t k = i + half;
        add(s, TONE_PLAIN, "%-20s%8s%8s   %-20s%8s%8s", angles[i].shown, value(now, angles[i].key, 1).at,
            value(mean, angles[i].key, 1).at, angles[k].shown, value(now, angles[k].key, 1).at,
            value(mean, angles[k].key, 1).at);
    }
}

static bool is_running(const json_t *site)
{
    const char *state = json_string_value(json_object_get(site, "state"));
    return state && strcmp(state, "running") == 0;
}

static bool is_well(const json_t *site)
{
    return is_running(site) && !json_is_number(json_object_get(site, "slipped_deg"));
}

static void draw_site_row(struct screen *s, const char *name, const json_t *site)
{
    char state[16], reason[160];
    line_text(site, "reason", reason, sizeof reason);
    if (is_running(site) && !is_well(site))
        snprintf(reason, sizeof reason, "slipped by %s deg", value(site, "slipped_deg", 0).at);
    add(s, is_well(site) ? TONE_PLAIN : TONE_BAD, "%-15.15s %-8s %9s %8s %9s %6s %7s %9s  %s", name,
        line_text(site, "state", state, sizeof state), value(site, "rate_hz", 2).at, value(site, "ppm", 0).at,
        value(site, "jitter_us", 1).at, value(site, "gaps", 0).at, value(site, "missed", 0).at,
        value(site, "saturated", 0).at, strcmp(reason, "-") == 0 ? "" : reason);
}

// Longer than it is shown: the row cuts it.
#define CELL_SIZE 80

static void make_cell(char cell[CELL_SIZE], const char *name, const json_t *site)
{
    char state[16];
    line_text(site, "state", state, sizeof state);
    if (is_well(site))
        snprintf(cell, CELL_SIZE, "%-14.14s %8.12s Hz %6.12s gaps", name, value(site, "rate_hz", 1).at,
                 value(site, "gaps", 0).at);
    else if (is_running(site))
        snprintf(cell, CELL_SIZE, "%-14.14s slipped by %.8s deg", name, value(site, "slipped_deg", 0).at);
    else
        snprintf(cell, CELL_SIZE, "%-14.14s %s", name, state);
}

// Two sites per row; the first that fails gets its reason spelt out.
static void draw_site_cells(struct screen *s, json_t *sites)
{
    const char *name;
    json_t *site;
    char left[CELL_SIZE] = "", right[CELL_SIZE], reason[160];
    bool pending = false, bad = false;
    json_object_foreach(sites, name, site)
    {
        bad = bad || !is_well(site);
        make_cell(pending ? right : left, name, site);
        if (pending)
            add(s, bad ? TONE_BAD : TONE_PLAIN, "%-*.*s %s", SITE_CELL, SITE_CELL, left, right);
        bad = bad && !pending;
        pending = !pending;
    }
    if (pending)
        add(s, bad ? TONE_BAD : TONE_PLAIN, "%s", left);
    json_object_foreach(sites, name, site)
    {
        if (is_running(site))
            continue;
        add(s, TONE_BAD, "%s: %s", name, line_text(site, "reason", reason, sizeof reason));
        break;
    }
}

static void draw_sites(struct screen *s, const struct view *v)
{
    json_t *sites = json_object_get(v->last[STREAM_STATUS], "sites"), *site;
    const char *name;
    if (s->rows < TALL_ROWS) { // under the counters, which are the heading then
        draw_site_cells(s, sites);
        return;
    }
    add(s, TONE_PLAIN, "%s", "");
    add(s, TONE_HEADING, "%-15s %-8s %9s %8s %9s %6s %7s %9s", "sensor", "state", "rate Hz", "ppm", "jitter us", "gaps",
        "missed", "saturated");
    json_object_foreach(sites, name, site)
    {
        draw_site_row(s, name, site);
    }
}

static void draw_counters(struct screen *s, const struct view *v)
{
    const json_t *c = json_object_get(v->last[STREAM_STATUS], "counters");
    const json_t *host = json_object_get(v->last[STREAM_STATUS], "host");
    add(s, s->rows < TALL_ROWS ? TONE_HEADING : TONE_PLAIN,
        "samples %s  dropped %s  invalid %s  outputs dropped %s  cpu %s %%  %s MB", value(c, "samples_in", 0).at,
        value(c, "samples_dropped", 0).at, value(c, "samples_invalid", 0).at, value(c, "outputs_dropped", 0).at,
        value(host, "cpu_pct", 1).at, value(host, "memory_mb", 0).at);
}

void screen_draw(struct screen *s, const struct view *v)
{
    s->used = 0;
    draw_head(s, v);
    if (s->rows >= TALL_ROWS)
        draw_findings(s, v);
    draw_rates(s, v);
    draw_steps(s, v);
    draw_posture(s, v);
    draw_counters(s, v);
    draw_sites(s, v);
}

void screen_draw_help(struct screen *s)
{
    s->used = 0;
    add(s, TONE_STRONG, "poisectl top");
    add(s, TONE_PLAIN, "%s", "");
    add(s, TONE_PLAIN, "q   quit");
    add(s, TONE_PLAIN, "?   this help, and back");
    add(s, TONE_PLAIN, "%s", "");
    add(s, TONE_PLAIN, "Angles are relative to the calibrated stand; forward, right and left turn are positive.");
    add(s, TONE_PLAIN, "'mean' averages over whole strides. '-' is not known: a sensor is missing or not ready.");
    add(s, TONE_PLAIN, "steps: the last 20. vertical, arm swing, pack: peak to peak.");
    add(s, TONE_PLAIN, "asymmetry: 100 * 2(L-R)/(L+R); +- is half of its 95 %% confidence interval.");
    add(s, TONE_PLAIN, "latency: newest sample to sending, over the last minute.");
    add(s, TONE_PLAIN, "findings: what is raised, ! warns; poisectl findings says what it rests on and what helps.");
}
