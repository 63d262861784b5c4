// SPDX-License-Identifier: GPL-3.0-or-later
#include "line.h"

#include "safe_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double line_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *line_text(const json_t *object, const char *key, char *buffer, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    char *safe = text ? safe_text(text) : NULL;
    snprintf(buffer, size, "%s", safe ? safe : "-");
    free(safe);
    return buffer;
}

const char *line_value(double value, int decimals, char buffer[32])
{
    if (isnan(value))
        snprintf(buffer, 32, "-");
    else if (fabs(value) < 1e12)
        snprintf(buffer, 32, "%.*f", decimals, value);
    else
        snprintf(buffer, 32, "%.6g", value);
    return buffer;
}

#define WORD (-1) // in the place of decimals: text

struct column {
    const char *key, *shown, *unit;
    int decimals;
};

static const struct column posture[] = {{"trunk_lean_deg", "lean", "", 1},
                                        {"trunk_side_lean_deg", "side", "", 1},
                                        {"thoracic_flexion_deg", "thoracic", "", 1},
                                        {"lumbar_flexion_deg", "lumbar", "", 1},
                                        {"neck_flexion_deg", "neck", "", 1},
                                        {"pelvic_tilt_deg", "pelvis", "", 1},
                                        {"trunk_rotation_deg", "rotation", " deg", 1},
                                        {.key = NULL}};
static const struct column cadence[] = {{"cadence_spm", "", " steps/min", 1}, {"step_cadence_spm", "by steps", "", 1},
                                        {"confidence", "confidence", "", 2},  {"window_s", "window", " s", 1},
                                        {"activity", "", "", WORD},           {.key = NULL}};
static const struct column breathing[] = {{"rate_bpm", "", " breaths/min", 1}, {"confidence", "confidence", "", 2},
                                          {"chest_deg", "chest", " deg", 2},   {"abdomen_deg", "abdomen", " deg", 2},
                                          {"chest_share", "share", "", 2},     {"hold_s", "held", " s", 1},
                                          {"coupling", "coupling", "", 2},     {.key = NULL}};
static const struct column inspiration[] = {{"interval_ms", "", " ms", 0},
                                            {"inspiratory_ms", "in", "", 0},
                                            {"expiratory_ms", "out", " ms", 0},
                                            {"depth_deg", "depth", " deg", 2},
                                            {.key = NULL}};

static const struct column contact[] = {{"foot", "", "", WORD}, {"confidence", "confidence", "", 2}, {.key = NULL}};
static const struct column whole_step[] = {{"foot", "", "", WORD},
                                           {"step_time_ms", "", " ms", 0},
                                           {"contact_ms", "contact", "", 0},
                                           {"flight_ms", "flight", " ms", 0},
                                           {"vertical_oscillation_mm", "vertical", " mm", 0},
                                           {"impact_g", "impact", " g", 2},
                                           {"braking_g", "braking", " g", 2},
                                           {"step_length_m", "length", " m", 2},
                                           {.key = NULL}};
static const struct column gait[] = {{"contact_ms", "contact", " ms", 0},
                                     {"vertical_oscillation_mm", "vertical", " mm", 0},
                                     {"vertical_ratio_pct", "ratio", " %", 1},
                                     {"step_length_m", "length", " m", 2},
                                     {"step_asymmetry_pct", "asymmetry", "", 1},
                                     {"step_asymmetry_ci_pct", "+-", " %", 1},
                                     {"impact_g", "impact", " g", 2},
                                     {"overstride_index", "overstride", "", 2},
                                     {"steps", "steps", "", 0},
                                     {.key = NULL}};
static const struct column arms[] = {{"swing_left_deg", "left", "", 0},
                                     {"swing_right_deg", "right", " deg", 0},
                                     {"asymmetry_pct", "asymmetry", " %", 0},
                                     {"crossing_left_deg", "crossing", "", 0},
                                     {"crossing_right_deg", "/", " deg", 0},
                                     {"stiffness", "stiffness", "", 2},
                                     {.key = NULL}};
static const struct column pack[] = {{"bounce_mm", "bounce", " mm", 0},
                                     {"lag_ms", "lag", " ms", 0},
                                     {"tilt_deg", "tilt", "", 1},
                                     {"side_tilt_deg", "side", " deg", 1},
                                     {.key = NULL}};

static const struct column repetition[] = {{"part", "", "", WORD},
                                           {"side", "", "", WORD},
                                           {"number", "", "", 0},
                                           {"range_deg", "range", " deg", 1},
                                           {"hold_s", "held", " s", 1},
                                           {"move_s", "out in", " s", 1},
                                           {"smoothness", "smoothness", "", 2},
                                           {.key = NULL}};

static void print_columns(FILE *to, const json_t *object, const struct column *columns)
{
    char buffer[32];
    for (; columns->key; columns++) {
        const char *value = columns->decimals == WORD
                                ? line_text(object, columns->key, buffer, sizeof buffer)
                                : line_value(line_number(object, columns->key), columns->decimals, buffer);
        fprintf(to, "  %s%s%s%s", columns->shown, columns->shown[0] != '\0' ? " " : "", value, columns->unit);
    }
}

static void print_posture(FILE *to, const json_t *object)
{
    print_columns(to, object, posture);
    if (!json_is_true(json_object_get(object, "calibrated")))
        fputs("  not calibrated", to);
    if (json_array_size(json_object_get(object, "slipped")) > 0)
        fputs("  slipped", to);
}

static void print_orientation(FILE *to, const json_t *object)
{
    const char *site;
    json_t *value;
    size_t known = 0;
    const json_t *segments = json_object_get(object, "segments");
    json_object_foreach((json_t *)segments, site, value)
    {
        known += json_is_array(value);
    }
    fprintf(to, "  %zu sensors, %zu segments", json_object_size(json_object_get(object, "sites")), known);
}

static void print_status(FILE *to, const json_t *object)
{
    const json_t *sites = json_object_get(object, "sites"), *counters = json_object_get(object, "counters");
    const char *site;
    json_t *value;
    size_t running = 0;
    char buffer[32], missing[256] = "";
    json_object_foreach((json_t *)sites, site, value)
    {
        const char *state = json_string_value(json_object_get(value, "state"));
        if (state && strcmp(state, "running") == 0) {
            running++;
            continue;
        }
        char name[48], word[16];
        snprintf(name, sizeof name, "%s", safe_text_is(site) ? site : "?");
        size_t n = strlen(missing);
        snprintf(missing + n, sizeof missing - n, " %s (%s)", name, line_text(value, "state", word, sizeof word));
    }
    fprintf(to, "  %zu of %zu sites run%s%s  samples %s", running, json_object_size(sites),
            missing[0] != '\0' ? ";" : "", missing, line_value(line_number(counters, "samples_in"), 0, buffer));
    fprintf(to, "  dropped %s", line_value(line_number(counters, "samples_dropped"), 0, buffer));
    fprintf(to, "  latency p99 %s ms",
            line_value(line_number(json_object_get(object, "latency_ms"), "p99"), 1, buffer));
}

static void print_calibration(FILE *to, const json_t *object)
{
    char step[16], method[16], outcome[16], percent[32], hint[200];
    fprintf(to, "  %s", json_is_true(json_object_get(object, "calibrated")) ? "calibrated" : "not calibrated");
    if (json_is_string(json_object_get(object, "method")))
        fprintf(to, "  %s %s", line_text(object, "method", method, sizeof method),
                line_text(object, "outcome", outcome, sizeof outcome));
    if (json_is_string(json_object_get(object, "step")))
        fprintf(to, "  step %s %s %%", line_text(object, "step", step, sizeof step),
                line_value(100 * line_number(object, "progress"), 0, percent));
    if (json_is_string(json_object_get(object, "hint")))
        fprintf(to, "  %s", line_text(object, "hint", hint, sizeof hint));
}

static void print_finding(FILE *to, const json_t *object)
{
    char level[16], factor[48], score[32];
    fprintf(to, "  %-7s %s  score %s", line_text(object, "level", level, sizeof level),
            line_text(object, "factor", factor, sizeof factor), line_value(line_number(object, "score"), 2, score));
}

static void print_session(FILE *to, const json_t *object)
{
    const char *key;
    json_t *value;
    char phase[16], ran[32], speed[32], change[32];
    fprintf(to, "  %s  ran %s s  speed %s m/s", line_text(object, "phase", phase, sizeof phase),
            line_value(line_number(object, "ran_s"), 0, ran), line_value(line_number(object, "speed_m_s"), 2, speed));
    json_object_foreach(json_object_get(object, "drift"), key, value)
    {
        if (json_is_true(json_object_get(value, "drifted")) && safe_text_is(key))
            fprintf(to, "  %s drifted by %s", key, line_value(line_number(value, "change"), 2, change));
    }
}

static void print_assessment(FILE *to, const json_t *object)
{
    static const char *const counts[] = {"count_left", "count_right", "count"};
    char exercise[32], outcome[16], part[32], cue[16], angle[32], hint[128];
    fprintf(to, "  %s %s", line_text(object, "exercise", exercise, sizeof exercise),
            line_text(object, "outcome", outcome, sizeof outcome));
    if (json_is_string(json_object_get(object, "part"))) {
        fprintf(to, "  %s", line_text(object, "part", part, sizeof part));
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            if (json_is_integer(json_object_get(object, counts[i])))
                fprintf(to, "  %s %.0f", counts[i], line_number(object, counts[i]));
        fprintf(to, "  %s deg  %s", line_value(line_number(object, "angle_deg"), 0, angle),
                line_text(object, "cue", cue, sizeof cue));
    }
    if (json_is_string(json_object_get(object, "hint")))
        fprintf(to, "  %s", line_text(object, "hint", hint, sizeof hint));
}

static void print_meta(FILE *to, const json_t *object)
{
    char version[48], tcp[96];
    fprintf(to, "  poise %s  %s", line_text(json_object_get(object, "versions"), "poise", version, sizeof version),
            line_text(json_object_get(object, "endpoints"), "tcp", tcp, sizeof tcp));
}

// The time of day in UTC, or seconds of the monotonic clock when only that is known.
static const char *time_of(const json_t *object, char buffer[32])
{
    const char *utc = json_string_value(json_object_get(object, "utc"));
    if (!utc || strlen(utc) < 24 || !safe_text_is(utc))
        return line_value(line_number(object, "t_s"), 3, buffer);
    snprintf(buffer, 32, "%.12s", strchr(utc, 'T') ? strchr(utc, 'T') + 1 : utc);
    return buffer;
}

static const struct {
    const char *stream;
    const struct column *columns; // or
    void (*print)(FILE *to, const json_t *object);
} kinds[] = {
    {"posture", NULL, print_posture},
    {"orientation", NULL, print_orientation},
    {"cadence", cadence, NULL},
    {"breathing", breathing, NULL},
    {"inspiration", inspiration, NULL},
    {"status", NULL, print_status},
    {"meta", NULL, print_meta},
    {"calibration", NULL, print_calibration},
    {"contact", contact, NULL},
    {"step", whole_step, NULL},
    {"gait", gait, NULL},
    {"arms", arms, NULL},
    {"pack", pack, NULL},
    {"finding", NULL, print_finding},
    {"session", NULL, print_session},
    {"assessment", NULL, print_assessment},
    {"repetition", repetition, NULL},
};

void line_print(FILE *to, const json_t *object)
{
    char stream[32], when[32];
    line_text(object, "stream", stream, sizeof stream);
    fprintf(to, "%12s  %-11s", time_of(object, when), stream);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(stream, kinds[i].stream) != 0)
            continue;
        if (kinds[i].columns)
            print_columns(to, object, kinds[i].columns);
        else
            kinds[i].print(to, object);
    }
    fputc('\n', to);
}
