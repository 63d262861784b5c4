// SPDX-License-Identifier: GPL-3.0-or-later
// The session in a few sentences, the most important first.
#include "record/json_parts.h"
#include "report_private.h"
#include "report_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SENTENCES     3
#define SPEED_HOLDS_S 6 // stream session tells it every 5 s

void report_clock(double seconds, char text[REPORT_CLOCK])
{
    double s = isfinite(seconds) && seconds > 0 ? floor(seconds + 0.5) : 0;
    long all = s < 1e9 ? (long)s : 1000000000L;
    if (all >= 3600)
        snprintf(text, REPORT_CLOCK, "%ld:%02ld:%02ld", all / 3600, all / 60 % 60, all % 60);
    else
        snprintf(text, REPORT_CLOCK, "%ld:%02ld", all / 60, all % 60);
}

void report_figure(const json_t *value, const char *unit, int decimals, char text[REPORT_FIGURE])
{
    if (!json_is_number(value)) {
        snprintf(text, REPORT_FIGURE, "not known");
        return;
    }
    const char *shown = !unit ? "" : strcmp(unit, "deg") == 0 ? "\u00b0" : unit;
    const char *between = !unit || strcmp(unit, "deg") == 0 ? "" : " ";
    snprintf(text, REPORT_FIGURE, "%.*f%s%.24s", decimals, json_number_value(value), between, shown);
}

// What was walked and run where the belt's speed was known; NaN: it never was.
static double distance_m(const struct report_view *view)
{
    const struct report_rows *rows = &view->data->rows[TABLE_SESSION];
    double sum_m = (double)NAN;
    for (size_t i = 0; i < rows->n; i++) {
        double speed = (double)rows->value[i * (size_t)rows->n_values], from_s = rows->t_s[i];
        double until_s = fmin(from_s + SPEED_HOLDS_S, i + 1 < rows->n ? rows->t_s[i + 1] : view->until_s);
        if (!isfinite(speed) || from_s < view->from_s || from_s > view->until_s)
            continue;
        double moving_s = report_time_in(view, from_s, fmin(until_s, view->until_s), IN_MOTION);
        sum_m = (isfinite(sum_m) ? sum_m : 0) + speed * moving_s;
    }
    return sum_m;
}

// Ground contact of one activity's table of metrics: the median of a key.
static const json_t *median_of(const json_t *model, const char *key, int activity)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(model, "metrics"), i,
                       row) if (strcmp(report_text(row, "key"), key) == 0 &&
                                strcmp(report_text(row, "activity"), activity_names[activity]) ==
                                    0) return json_object_get(row, "median");
    return NULL;
}

static json_t *did(const struct report_view *view, const json_t *model, size_t steps)
{
    static const char *const verbs[] = {"still for", "walked", "ran"};
    char text[400] = "", clock[REPORT_CLOCK], cadence[REPORT_FIGURE], breath[REPORT_FIGURE];
    size_t used = 0;
    for (int a = ACTIVITY_RUN; a >= ACTIVITY_STILL; a--) {
        if (view->activity_s[a] < 1)
            continue;
        const json_t *spm = median_of(model, "cadence_spm", a), *bpm = median_of(model, "rate_bpm", a);
        report_clock(view->activity_s[a], clock);
        report_figure(spm, "steps/min", 0, cadence);
        report_figure(bpm, "breaths/min", 0, breath);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s%s%s%s%s", used > 0 ? ", " : "", verbs[a],
                                 clock, spm ? " at " : "", spm ? cadence : "", bpm ? (spm ? " and " : " at ") : "",
                                 bpm ? breath : "");
    }
    if (used == 0)
        snprintf(text, sizeof text, "No activity could be told.");
    else
        snprintf(text + used, sizeof text - used, "; %zu steps.", steps);
    text[0] = (char)(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0]);
    return json_of_text(text);
}

static json_t *sentence_of(const json_t *finding)
{
    char text[300], worst[200] = "", value[REPORT_FIGURE], reference[REPORT_FIGURE], clock[REPORT_CLOCK];
    json_t *told;
    const char *key;
    json_object_foreach(json_object_get(finding, "evidence"), key, told)
    {
        const char *unit = json_string_value(json_object_get(told, "unit"));
        int decimals = (int)json_integer_value(json_object_get(told, "decimals"));
        if (worst[0] != '\0' || !json_is_number(json_object_get(told, "value")))
            continue;
        report_figure(json_object_get(told, "value"), unit, decimals > 1 ? decimals - 1 : decimals, value);
        report_figure(json_object_get(told, "reference"), unit, decimals > 1 ? decimals - 1 : decimals, reference);
        bool against = json_is_number(json_object_get(told, "reference"));
        snprintf(worst, sizeof worst, ": %s %s%s%s", report_text(told, "title"), value, against ? " against " : "",
                 against ? reference : "");
    }
    report_clock(report_number(finding, "notice_s") + report_number(finding, "warn_s"), clock);
    snprintf(text, sizeof text, "%s reached %s%s, for %s.", report_text(finding, "title"),
             report_text(finding, "level"), worst, clock);
    return json_of_text(text);
}

static void say_findings(const json_t *model, json_t *sentences)
{
    size_t i, n_ok = 0, n_unknown = 0;
    json_t *finding;
    json_array_foreach(json_object_get(model, "findings"), i, finding)
    {
        const char *level = report_text(finding, "level");
        n_ok += strcmp(level, "ok") == 0;
        n_unknown += strcmp(level, "unknown") == 0;
        if ((strcmp(level, "warn") == 0 || strcmp(level, "notice") == 0) && json_array_size(sentences) < SENTENCES)
            json_array_append_new(sentences, sentence_of(finding));
    }
    char text[200];
    if (json_array_size(sentences) >= SENTENCES)
        return;
    if (n_ok == 0 && n_unknown == json_array_size(json_object_get(model, "findings")))
        snprintf(text, sizeof text, "No finding could be judged.");
    else if (n_ok + n_unknown == json_array_size(json_object_get(model, "findings")))
        snprintf(text, sizeof text, "Nothing was beyond its limits: %zu factors in order, %zu could not be judged.",
                 n_ok, n_unknown);
    else
        snprintf(text, sizeof text, "%zu other factors were in order, %zu could not be judged.", n_ok, n_unknown);
    json_array_append_new(sentences, json_of_text(text));
}

json_t *report_summary(const struct report_view *view, const json_t *model)
{
    json_t *sentences = json_array();
    const json_t *quality = json_object_get(model, "quality");
    size_t steps = report_rows_in(view, TABLE_STEP, IN_NONE),
           breaths = report_rows_in(view, TABLE_INSPIRATION, IN_NONE);
    if (strcmp(report_text(quality, "verdict"), "poor") == 0) {
        char text[600];
        const json_t *worst = json_array_get(json_object_get(quality, "sentences"), 0);
        snprintf(text, sizeof text, "The data are poor: %s", report_text(worst, "text"));
        json_array_append_new(sentences, json_of_text(text));
    }
    say_findings(model, sentences);
    double known_s = 0;
    for (int a = 0; a < 3; a++)
        known_s += view->activity_s[a];
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "moved_s",
                     report_real(view->activity_s[ACTIVITY_WALK] + view->activity_s[ACTIVITY_RUN], 1), "ran_s",
                     report_real(view->activity_s[ACTIVITY_RUN], 1), "walked_s",
                     report_real(view->activity_s[ACTIVITY_WALK], 1), "still_s",
                     report_real(view->activity_s[ACTIVITY_STILL], 1), "unknown_s",
                     report_real(fmax(view->until_s - view->from_s - known_s, 0), 1), "steps", (json_int_t)steps,
                     "breaths", (json_int_t)breaths, "distance_m", report_real(distance_m(view), 0), "did",
                     did(view, model, steps), "sentences", sentences);
}
