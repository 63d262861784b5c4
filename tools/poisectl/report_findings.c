// SPDX-License-Identifier: GPL-3.0-or-later
// What was found over a session: of every factor how long it stood at each level, and its evidence when it was worst.
#include "frames/finding.h"
#include "record/json_parts.h"
#include "report_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_S 30 // every factor is repeated every 10 s; after this nothing is known

static const char *const level_names[] = FINDING_LEVEL_NAMES;

static const struct factor_info *info_of(const char *factor)
{
    for (int i = 0; i < N_FACTORS; i++)
        if (strcmp(factors[i].name, factor) == 0)
            return &factors[i];
    return NULL;
}

// "too_much" of arm swing says too little by itself.
static void name_factor(const struct report_finding *finding, char title[80])
{
    char words[60];
    report_words(finding->factor, words, sizeof words);
    if (strcmp(finding->cause, cause_names[CAUSE_ARM_SWING]) == 0) {
        words[0] = finding->factor[0];
        snprintf(title, 80, "Arm swing: %s", words);
    } else if (strcmp(finding->factor, "drift") == 0) {
        snprintf(title, 80, "Drift while running");
    } else {
        snprintf(title, 80, "%s", words);
    }
}

struct course {
    double level_s[4]; // by enum finding_level
    double why_s[REPORT_REASONS_MAX];
    double raised_s; // when it was raised first; NaN: never
    int worst;
    json_t *spells;
};

static void add_spell(struct course *course, const struct report_view *view, const struct report_level *level,
                      double from_s, double until_s)
{
    size_t n = json_array_size(course->spells);
    json_t *last = n > 0 ? json_array_get(course->spells, n - 1) : NULL;
    if (last && strcmp(report_text(last, "level"), level_names[level->level]) == 0 &&
        report_number(last, "until_s") >= from_s - view->from_s - 0.01) {
        json_object_set_new(last, "until_s", report_instant(view, until_s));
        return;
    }
    json_array_append_new(course->spells,
                          json_pack("{s:s, s:o, s:o, s:o}", "level", level_names[level->level], "from_s",
                                    report_instant(view, from_s), "until_s", report_instant(view, until_s), "since_s",
                                    report_instant(view, level->since_s)));
}

static void walk_levels(const struct report_view *view, const struct report_finding *finding, struct course *course)
{
    for (size_t i = 0; i < finding->n; i++) {
        const struct report_level *level = &finding->level[i];
        double from_s = fmax(level->t_s, view->from_s);
        double until_s = fmin(i + 1 < finding->n ? finding->level[i + 1].t_s : view->until_s, view->until_s);
        until_s = fmin(until_s, level->t_s + SILENCE_S);
        if (level->t_s > view->until_s || !(until_s >= from_s))
            continue;
        course->level_s[level->level] += until_s - from_s;
        course->worst = level->level > course->worst ? level->level : course->worst;
        if (level->level == LEVEL_UNKNOWN && level->why >= 0)
            course->why_s[level->why] += until_s - from_s;
        if (level->level < LEVEL_NOTICE)
            continue;
        add_spell(course, view, level, from_s, until_s);
        if (!isfinite(course->raised_s))
            course->raised_s = from_s;
    }
}

static json_t *evidence_of(const struct report_worst *worst)
{
    json_t *out = json_object(), *told;
    const char *key;
    if (!worst->evidence)
        return out;
    json_object_foreach(worst->evidence, key, told)
    {
        struct report_name name;
        report_describe(key, &name);
        json_object_set_new(
            out, key,
            json_pack("{s:o, s:o, s:o, s:o, s:i}", "value", report_real(report_number(told, "value"), 3), "reference",
                      report_real(report_number(told, "reference"), 3), "title", json_of_text(name.title), "unit",
                      report_words_json(name.unit), "decimals", name.decimals));
    }
    return out;
}

static json_t *finding_of(const struct report_view *view, const struct report_finding *finding)
{
    struct course course = {.spells = json_array(), .raised_s = (double)NAN};
    walk_levels(view, finding, &course);
    const struct factor_info *info = info_of(finding->factor);
    const struct report_worst *worst = &finding->worst[view->session];
    bool raised = course.worst >= LEVEL_NOTICE, answered = course.worst > LEVEL_UNKNOWN && worst->evidence;
    int why = 0;
    for (int i = 1; i < REPORT_REASONS_MAX; i++)
        why = course.why_s[i] > course.why_s[why] ? i : why;
    char title[80];
    name_factor(finding, title);
    return json_pack(
        "{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cause", finding->cause, "factor",
        finding->factor, "title", json_of_text(title), "level", level_names[course.worst], "score",
        report_real(answered ? worst->score : (double)NAN, 3), "says",
        raised && info ? json_string(info->says) : json_null(), "advice",
        raised && info ? json_string(info->advice) : json_null(), "notice_s",
        report_real(course.level_s[LEVEL_NOTICE], 1), "warn_s", report_real(course.level_s[LEVEL_WARN], 1),
        "answered_s",
        report_real(course.level_s[LEVEL_OK] + course.level_s[LEVEL_NOTICE] + course.level_s[LEVEL_WARN], 1), "spells",
        course.spells, "evidence", evidence_of(worst), "worst_s",
        report_instant(view, answered ? worst->t_s : (double)NAN), "unknown_of",
        course.worst == LEVEL_UNKNOWN ? report_words_json(finding->reason[why]) : json_null());
}

// Clocks that run out, and measure nobody.
static bool is_timer(const json_t *finding)
{
    const char *factor = report_text(finding, "factor");
    return strcmp(factor, factors[FACTOR_HYDRATION_DUE].name) == 0 ||
           strcmp(factor, factors[FACTOR_SITTING_LONG].name) == 0;
}

// Worse levels first, timers behind what was measured, then by score, then what lasted longer.
static int worse_first(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int levels[2] = {0, 0};
    for (int i = 0; level_names[i]; i++) {
        levels[0] = strcmp(report_text(x, "level"), level_names[i]) == 0 ? i : levels[0];
        levels[1] = strcmp(report_text(y, "level"), level_names[i]) == 0 ? i : levels[1];
    }
    if (levels[0] != levels[1])
        return levels[1] - levels[0];
    if (is_timer(x) != is_timer(y))
        return is_timer(x) ? 1 : -1;
    double p = report_number(x, "score"), q = report_number(y, "score");
    if (isfinite(p) && isfinite(q) && (p < q || p > q))
        return p < q ? 1 : -1;
    double s = report_number(x, "notice_s") + report_number(x, "warn_s");
    double u = report_number(y, "notice_s") + report_number(y, "warn_s");
    if (s < u || s > u)
        return s < u ? 1 : -1;
    return strcmp(report_text(x, "factor"), report_text(y, "factor"));
}

json_t *report_findings(const struct report_view *view)
{
    json_t *rows[REPORT_FINDINGS_MAX], *list = json_array();
    int n = 0;
    for (int i = 0; i < view->data->n_findings; i++) {
        json_t *row = finding_of(view, &view->data->finding[i]);
        if (row)
            rows[n++] = row;
    }
    qsort(rows, (size_t)n, sizeof(json_t *), worse_first);
    for (int i = 0; i < n; i++)
        json_array_append_new(list, rows[i]);
    return list;
}
