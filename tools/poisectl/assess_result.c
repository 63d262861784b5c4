// SPDX-License-Identifier: GPL-3.0-or-later
#include "assess_result.h"

#include "cli.h"
#include "core/name.h"
#include "frames/finding.h"
#include "line.h"
#include "record/assessment_store.h"
#include "record/utc_text.h"
#include "safe_text.h"
#include "say.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOKS   8
#define LOOK_MS 250
#define MS_NS   1000000

static bool utc_of(const json_t *object, const char *key, int64_t *utc_ns)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && utc_text_parse(text, utc_ns);
}

static bool is_text(const json_t *object, const char *key, const char *text)
{
    const char *found = json_string_value(json_object_get(object, key));
    return found && text && strcmp(found, text) == 0;
}

// The stream tells milliseconds, the file all of it.
static bool is_now(const json_t *entry, const json_t *now)
{
    int64_t kept_ns, shown_ns;
    return is_text(entry, "exercise", json_string_value(json_object_get(now, "exercise"))) &&
           utc_of(entry, "utc", &kept_ns) && utc_of(now, "begun_utc", &shown_ns) && kept_ns - shown_ns >= 0 &&
           kept_ns - shown_ns < MS_NS;
}

static bool has_all(const json_t *entry, const json_t *now)
{
    const char *outcome = json_string_value(json_object_get(now, "outcome"));
    bool done = outcome && strcmp(outcome, "done") == 0;
    return is_text(entry, "outcome", done ? "done" : "stopped") &&
           json_array_size(json_object_get(entry, "rows")) == json_array_size(json_object_get(now, "rows"));
}

// True when the subject's file has it; then the last ones of the same exercise before it.
static bool take_file(struct assess_result *r, const char *dir, const char *subject)
{
    char error[ASSESSMENT_PATH + 256];
    json_t *entries;
    if (assessment_store_load(&entries, dir, subject, error, sizeof error) != 0)
        return false;
    size_t at = json_array_size(entries);
    while (at > 0 && !is_now(json_array_get(entries, at - 1), r->now))
        at--;
    bool found = at > 0 && has_all(json_array_get(entries, at - 1), r->now);
    const char *exercise = json_string_value(json_object_get(r->now, "exercise"));
    for (size_t i = found ? at - 1 : 0; i > 0 && json_array_size(r->last) < ASSESS_LAST; i--)
        if (is_text(json_array_get(entries, i - 1), "exercise", exercise))
            json_array_append(r->last, json_array_get(entries, i - 1));
    json_decref(entries);
    if (found)
        snprintf(r->subject, sizeof r->subject, "%s", subject);
    return found && assessment_store_path(r->path, dir, subject, error, sizeof error) == 0;
}

// 1: found; 0: not there; negative errno: the folder cannot be read.
static int look(struct assess_result *r, const char *dir)
{
    char path[sizeof r->path], name[sizeof r->subject];
    snprintf(path, sizeof path, "%s/assessments", dir);
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    bool found = false;
    for (const struct dirent *at = readdir(folder); at && !found; at = readdir(folder)) {
        size_t n = strlen(at->d_name);
        if (n <= 5 || n - 5 >= sizeof name || strcmp(at->d_name + n - 5, ".json") != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(n - 5), at->d_name);
        found = name_is_plain(name) && take_file(r, dir, name);
    }
    closedir(folder);
    return found;
}

static bool has_done(const json_t *now)
{
    const json_t *row;
    size_t i;
    json_array_foreach(json_object_get(now, "rows"), i, row)
    {
        if (line_number(row, "count") > 0 || json_object_size(json_object_get(row, "values")) > 0)
            return true;
    }
    return false;
}

void assess_result_open(struct assess_result *r, const char *dir, const json_t *now)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * MS_NS};
    *r = (struct assess_result){.now = now, .last = json_array()};
    int rc = 0;
    for (int i = 0; has_done(now) && i < LOOKS && rc <= 0 && rc != -EACCES; i++) {
        if (i > 0)
            nanosleep(&pause, NULL);
        rc = look(r, dir);
    }
    if (has_done(now) && rc <= 0)
        ctl_warn("%s/assessments: %s; --state-dir names another place", dir,
                 rc < 0 ? strerror(-rc) : "what was just done is not there");
}

void assess_result_close(struct assess_result *r)
{
    json_decref(r->last);
    r->last = NULL;
}

json_t *assess_result_object(const struct assess_result *r)
{
    return json_pack("{s:O, s:O, s:s?, s:s?}", "assessment", r->now, "last", r->last, "subject",
                     r->subject[0] != '\0' ? r->subject : NULL, "kept", r->path[0] != '\0' ? r->path : NULL);
}

// The same part and side of another one; NULL: it has none.
static const json_t *row_like(const json_t *assessment, const json_t *row)
{
    const json_t *other;
    size_t i;
    json_array_foreach(json_object_get(assessment, "rows"), i, other)
    {
        if (json_equal(json_object_get(other, "part"), json_object_get(row, "part")) &&
            json_equal(json_object_get(other, "side"), json_object_get(row, "side")))
            return other;
    }
    return NULL;
}

static double value_of(const json_t *row, const char *key, bool among_values)
{
    return line_number(among_values ? json_object_get(row, "values") : row, key);
}

// "overshoot_deg" is "overshoot (deg)" to people.
static void label_of(const char *key, char label[64])
{
    static const char *const units[] = {"deg", "s", "pct", "mm", "bpm", "hz", NULL};
    static const struct {
        const char *key, *label;
    } known[] = {{"count", "repetitions"},           {"held", "held as long as asked"},
                 {"range_deg", "range, mean (deg)"}, {"best_deg", "range, best (deg)"},
                 {"hold_s", "held, mean (s)"},       {"smoothness", "smoothness (0 is best)"}};
    const char *unit = strrchr(key, '_');
    int i = 0;
    while (unit && units[i] && strcmp(unit + 1, units[i]) != 0)
        i++;
    if (unit && units[i])
        snprintf(label, 64, "%.*s (%s)", (int)fmin((double)(unit - key), 40), key,
                 strcmp(units[i], "pct") == 0 ? "%" : units[i]);
    else
        snprintf(label, 64, "%.50s", key);
    for (char *c = label; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (strcmp(key, known[k].key) == 0)
            snprintf(label, 64, "%s", known[k].label);
}

static void print_quantity(const struct assess_result *r, FILE *to, const json_t *row, const char *key,
                           bool among_values)
{
    char buffer[32], label[64];
    double now = value_of(row, key, among_values), newest = NAN;
    bool whole = strcmp(key, "count") == 0 || strcmp(key, "held") == 0;
    int decimals = whole ? 0 : among_values || strcmp(key, "smoothness") == 0 ? 2 : 1;
    const json_t *entry;
    size_t i;
    bool any = isfinite(now);
    json_array_foreach(r->last, i, entry)
    {
        double then = value_of(row_like(entry, row), key, among_values);
        any = any || isfinite(then);
        newest = i == 0 ? then : newest;
    }
    if (!any)
        return;
    label_of(key, label);
    fprintf(to, "  %-26.26s %9s", label, line_value(now, decimals, buffer));
    if (json_array_size(r->last) > 0) {
        if (isfinite(now - newest))
            fprintf(to, " %+9.*f", decimals, fabs(now - newest) < 1e6 ? now - newest : 0);
        else
            fprintf(to, " %9s", "-");
    }
    json_array_foreach(r->last, i, entry)
        fprintf(to, " %9s", line_value(value_of(row_like(entry, row), key, among_values), decimals, buffer));
    fputc('\n', to);
}

static const char *day_of(const json_t *entry, char text[16])
{
    int64_t utc_ns;
    struct tm tm;
    time_t seconds = utc_of(entry, "utc", &utc_ns) ? (time_t)(utc_ns / 1000000000) : 0;
    if (seconds == 0 || !localtime_r(&seconds, &tm) || strftime(text, 16, "%d %b", &tm) == 0)
        snprintf(text, 16, "before");
    return text;
}

static void print_row(const struct assess_result *r, FILE *to, const json_t *row)
{
    static const char *const keys[] = {"count", "held", "range_deg", "best_deg", "hold_s", "smoothness"};
    char part[40], side[16] = "", day[16];
    const char *key;
    json_t *value;
    const json_t *entry;
    size_t i;
    line_text(row, "part", part, sizeof part);
    if (json_is_string(json_object_get(row, "side")))
        line_text(row, "side", side, sizeof side);
    char heading[64];
    snprintf(heading, sizeof heading, "%s %s", part, side);
    for (char *c = heading; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    fprintf(to, "\n%-28.28s %9s", heading, "now");
    if (json_array_size(r->last) > 0)
        fprintf(to, " %9s", "change");
    json_array_foreach(r->last, i, entry) fprintf(to, " %9s", day_of(entry, day));
    fputc('\n', to);
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], "held") != 0 || isfinite(line_number(row, "hold_s")))
            print_quantity(r, to, row, keys[i], false);
    json_object_foreach(json_object_get(row, "values"), key, value)
    {
        if (safe_text_is(key))
            print_quantity(r, to, row, key, true);
    }
}

void assess_result_print(const struct assess_result *r, FILE *to)
{
    char outcome[16], hint[200];
    const json_t *row;
    size_t i;
    fprintf(to, "\n%s", line_text(r->now, "outcome", outcome, sizeof outcome));
    if (strcmp(outcome, "done") != 0 && json_is_string(json_object_get(r->now, "hint")))
        fprintf(to, ": %s", line_text(r->now, "hint", hint, sizeof hint));
    fputc('\n', to);
    json_array_foreach(json_object_get(r->now, "rows"), i, row)
    {
        print_row(r, to, row);
    }
    fputc('\n', to);
    if (r->path[0] != '\0')
        fprintf(to, "Kept in %s%s.\n", r->path, json_array_size(r->last) == 0 ? ", the first of this exercise" : "");
    else if (!has_done(r->now))
        fputs("Nothing was done that is worth keeping.\n", to);
    cli_wrap(to, 0, 0, finding_disclaimer);
    fflush(to);
}
