// SPDX-License-Identifier: GPL-3.0-or-later
// Two sessions side by side, from their models: the medians of each activity that both have, left against right, and
// what was found. A difference is no verdict by itself: only where smaller is plainly better does it say so.
#include "frames/finding.h"
#include "record/json_parts.h"
#include "report_channels.h"
#include "report_data.h"
#include "report_private.h"
#include "report_view.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SPEED_SHARE 0.05 // belts that differ by more are told of

static const struct report_channel *channel_of(const char *stream, const char *key)
{
    for (int t = 0; t < N_TABLES; t++) {
        int at = report_channel_of(&report_streams[t], key);
        if (at >= 0 && strcmp(stream_tables[report_streams[t].stream].name, stream) == 0)
            return &report_streams[t].channels[at];
    }
    return NULL;
}

static void add_row(json_t *rows, const char *group, const json_t *like, double a, double b, bool about_zero,
                    double matters)
{
    if (!isfinite(a) && !isfinite(b))
        return;
    int decimals = (int)json_integer_value(json_object_get(like, "decimals"));
    double change = b - a, size = about_zero ? fabs(b) - fabs(a) : change;
    bool judged = matters > 0 && fabs(size) > matters;
    const char *key = report_text(like, "key");
    json_array_append_new(rows, json_pack("{s:s, s:s, s:O, s:O?, s:O, s:i, s:o, s:o, s:o, s:o, s:o}", "group", group,
                                          "key", key[0] ? key : report_text(like, "what"), "title",
                                          json_object_get(like, "title"), "activity", json_object_get(like, "activity"),
                                          "unit", json_object_get(like, "unit"), "decimals", decimals, "a",
                                          report_real(a, decimals), "b", report_real(b, decimals), "change",
                                          report_real(change, decimals), "change_pct",
                                          report_real(about_zero || !(fabs(a) > 0) ? (double)NAN : 100 * change / a, 1),
                                          "better", judged ? json_boolean(size < 0) : json_null()));
}

static const json_t *same_metric(const json_t *model, const json_t *row)
{
    static const char *const keys[] = {"stream", "key", "activity"};
    size_t i;
    json_t *other;
    json_array_foreach(json_object_get(model, "metrics"), i, other)
    {
        bool same = true;
        for (int k = 0; k < 3; k++)
            same = same && strcmp(report_text(other, keys[k]), report_text(row, keys[k])) == 0;
        if (same)
            return other;
    }
    return NULL;
}

static double speed_of(const json_t *model)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(model, "metrics"), i,
                       row) if (strcmp(report_text(row, "key"), "speed_m_s") == 0) return report_number(row, "median");
    return (double)NAN;
}

// Both belts ran at one speed; false also when nobody knows.
static bool same_speed(const json_t *a, const json_t *b)
{
    return fabs(speed_of(b) - speed_of(a)) <= SPEED_SHARE * speed_of(a);
}

// How somebody steps depends on the speed; how upright somebody is, hardly.
static void compare_metrics(const json_t *a, const json_t *b, json_t *rows)
{
    size_t i;
    json_t *row;
    bool comparable = same_speed(a, b);
    json_array_foreach(json_object_get(a, "metrics"), i, row)
    {
        const json_t *other = same_metric(b, row);
        const struct report_channel *channel = channel_of(report_text(row, "stream"), report_text(row, "key"));
        double matters = channel && (comparable || channel->slip) ? channel->matters : 0;
        if (other)
            add_row(rows, "metric", row, report_number(row, "median"), report_number(other, "median"),
                    channel && channel->about_zero, matters);
    }
}

static void compare_sides(const json_t *a, const json_t *b, json_t *rows)
{
    size_t i, k;
    json_t *row, *other;
    json_array_foreach(json_object_get(a, "left_right"), i, row)
    {
        json_array_foreach(json_object_get(b, "left_right"), k, other)
        {
            if (strcmp(report_text(row, "what"), report_text(other, "what")) != 0 ||
                strcmp(report_text(row, "activity"), report_text(other, "activity")) != 0)
                continue;
            add_row(rows, "left_minus_right", row, report_number(row, "difference"), report_number(other, "difference"),
                    true, 0);
            break;
        }
    }
}

static void compare_summary(const json_t *a, const json_t *b, json_t *rows)
{
    static const struct {
        const char *key, *title, *unit;
    } of[] = {{"ran_s", "Ran", "s"},
              {"walked_s", "Walked", "s"},
              {"still_s", "Still", "s"},
              {"steps", "Steps", NULL},
              {"distance_m", "Distance", "m"}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        json_t *like = json_pack("{s:s, s:s, s:n, s:o, s:i}", "key", of[i].key, "title", of[i].title, "activity",
                                 "unit", report_words_json(of[i].unit), "decimals", 0);
        add_row(rows, "session", like, report_number(json_object_get(a, "summary"), of[i].key),
                report_number(json_object_get(b, "summary"), of[i].key), false, 0);
        json_decref(like);
    }
}

static const json_t *finding_of(const json_t *model, const char *factor)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(model, "findings"), i,
                       finding) if (strcmp(report_text(finding, "factor"), factor) == 0) return finding;
    return NULL;
}

static bool is_raised(const json_t *finding)
{
    const char *level = report_text(finding, "level");
    return strcmp(level, "warn") == 0 || strcmp(level, "notice") == 0;
}

static void add_finding(json_t *list, const json_t *of, const json_t *a, const json_t *b)
{
    json_array_append_new(list, json_pack("{s:O, s:O, s:O, s:s, s:s, s:o, s:o}", "cause", json_object_get(of, "cause"),
                                          "factor", json_object_get(of, "factor"), "title",
                                          json_object_get(of, "title"), "a", a ? report_text(a, "level") : "unknown",
                                          "b", b ? report_text(b, "level") : "unknown", "a_score",
                                          report_real(report_number(a, "score"), 3), "b_score",
                                          report_real(report_number(b, "score"), 3)));
}

static json_t *compare_findings(const json_t *a, const json_t *b)
{
    json_t *list = json_array(), *finding;
    size_t i;
    json_array_foreach(json_object_get(a, "findings"), i, finding)
    {
        const json_t *other = finding_of(b, report_text(finding, "factor"));
        if (is_raised(finding) || is_raised(other))
            add_finding(list, finding, finding, other);
    }
    json_array_foreach(json_object_get(b, "findings"), i,
                       finding) if (is_raised(finding) && !finding_of(a, report_text(finding, "factor")))
        add_finding(list, finding, NULL, finding);
    return list;
}

static void warn(json_t *warnings, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(json_t *warnings, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_array_append_new(warnings, json_of_text(text));
}

static json_t *compare_warnings(const json_t *a, const json_t *b)
{
    json_t *list = json_array();
    const json_t *of[2] = {a, b}, *source[2];
    for (int i = 0; i < 2; i++)
        source[i] = json_object_get(of[i], "source");
    const char *subject[2] = {report_text(source[0], "subject"), report_text(source[1], "subject")};
    if (subject[0][0] == '\0' || subject[1][0] == '\0')
        warn(list, "Whose session %s is not known; they may be of different people.",
             subject[0][0]   ? "B is"
             : subject[1][0] ? "A is"
                             : "either is");
    else if (strcmp(subject[0], subject[1]) != 0)
        warn(list, "These are different people: %s and %s.", subject[0], subject[1]);
    if (!isfinite(speed_of(a)) || !isfinite(speed_of(b)))
        warn(list, "The belt's speed is not known of both; cadence, contact and bounce depend on it.");
    else if (!same_speed(a, b))
        warn(list, "The speeds differ, %.2f and %.2f m/s; cadence, contact and bounce depend on it.", speed_of(a),
             speed_of(b));
    for (int i = 0; i < 2; i++)
        if (strcmp(report_text(json_object_get(of[i], "quality"), "verdict"), "poor") == 0)
            warn(list, "The data of %s are poor; see its own report.", i == 0 ? "A" : "B");
    if (strcmp(report_text(source[0], "metrics"), report_text(source[1], "metrics")) != 0)
        warn(list,
             "One is as it was published, the other was computed anew: by other versions they may differ for that.");
    return list;
}

static json_t *side(const json_t *model)
{
    const json_t *source = json_object_get(model, "source");
    const char *subject = report_text(source, "subject"), *utc = report_text(source, "begun_utc");
    const char *file = json_string_value(json_array_get(json_object_get(source, "files"), 0));
    char label[200];
    if (utc[0] != '\0')
        snprintf(label, sizeof label, "%.80s%s%.10s %.5s", subject, subject[0] ? ", " : "", utc, utc + 11);
    else
        snprintf(label, sizeof label, "%.80s%s%.100s", subject, subject[0] ? ", " : "", file ? file : "");
    const json_t *summary = json_object_get(model, "summary");
    return json_pack("{s:o, s:O, s:O, s:O, s:O}", "label", json_of_text(label), "source", source, "verdict",
                     json_object_get(json_object_get(model, "quality"), "verdict"), "did",
                     json_object_get(summary, "did"), "summary", summary);
}

json_t *report_compare(const json_t *a, const json_t *b)
{
    json_t *rows = json_array();
    compare_summary(a, b, rows);
    compare_metrics(a, b, rows);
    compare_sides(a, b, rows);
    return json_pack("{s:i, s:O, s:O, s:o, s:o, s:o, s:o, s:o, s:s}", "compare", 1, "program",
                     json_object_get(a, "program"), "made_utc", json_object_get(a, "made_utc"), "a", side(a), "b",
                     side(b), "warnings", compare_warnings(a, b), "rows", rows, "findings", compare_findings(a, b),
                     "disclaimer", finding_disclaimer);
}
