// SPDX-License-Identifier: GPL-3.0-or-later
// The course of a session: phases, activities, marks and events, drift, guided assessments.
#include "frames/exercise.h"
#include "record/json_parts.h"
#include "report_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *spans(const struct report_view *view, const struct report_spans *of, const char *key,
                     const char *const *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < of->n; i++) {
        double from_s = fmax(of->span[i].from_s, view->from_s), until_s = fmin(of->span[i].until_s, view->until_s);
        if (until_s > from_s)
            json_array_append_new(list,
                                  json_pack("{s:s, s:o, s:o}", key, names[of->span[i].what], "from_s",
                                            report_instant(view, from_s), "until_s", report_instant(view, until_s)));
    }
    return list;
}

json_t *report_phases(const struct report_view *view)
{
    static const char *const names[] = SESSION_PHASE_NAMES;
    return spans(view, &view->data->phases, "phase", names);
}

json_t *report_activities(const struct report_view *view)
{
    return spans(view, &view->data->activities, "activity", activity_names);
}

static int by_time(const void *a, const void *b)
{
    const struct report_note *x = a, *y = b;
    return (x->t_s > y->t_s) - (x->t_s < y->t_s);
}

json_t *report_notes(const struct report_view *view, const struct report_notes *notes, bool events)
{
    json_t *list = json_array();
    if (notes->n > 0) // those of the log came before those of what was published
        qsort(notes->note, notes->n, sizeof *notes->note, by_time);
    for (size_t i = 0; i < notes->n; i++) {
        const struct report_note *note = &notes->note[i];
        if (!(note->t_s >= view->from_s && note->t_s <= view->until_s))
            continue;
        json_t *row = json_pack("{s:o, s:o}", "t_s", report_instant(view, note->t_s), "text", json_of_text(note->text));
        if (events) {
            json_object_set_new(row, "kind", json_string(note->kind));
            json_object_set_new(row, "site", note->site >= 0 ? json_string(site_names[note->site]) : json_null());
        }
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *drift_of(const struct report_view *view, const char *key, int decimals)
{
    const struct report_drifts *drifts = &view->data->drifts;
    double first = (double)NAN, last = (double)NAN, change = (double)NAN, largest = (double)NAN, sigmas = (double)NAN;
    double since_s = (double)NAN;
    for (size_t i = 0; i < drifts->n; i++) {
        const json_t *told = json_object_get(drifts->row[i].drift, key);
        double t_s = drifts->row[i].t_s, value = report_number(told, "value"), now = report_number(told, "change");
        if (t_s < view->from_s || t_s > view->until_s || !isfinite(value) || !isfinite(now))
            continue;
        first = isfinite(first) ? first : value;
        last = value;
        change = now;
        sigmas = report_number(told, "sigmas");
        largest = !(fabs(now) <= fabs(largest)) ? now : largest;
        if (json_is_true(json_object_get(told, "drifted")) && !isfinite(since_s))
            since_s = t_s;
    }
    if (!isfinite(last))
        return NULL;
    struct report_name name;
    report_describe(key, &name);
    return json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "quantity", key, "title",
                     json_of_text(name.title), "unit", report_words_json(name.unit), "decimals", decimals, "baseline",
                     report_real(last - change, decimals), "first", report_real(first, decimals), "last",
                     report_real(last, decimals), "change", report_real(change, decimals), "largest",
                     report_real(largest, decimals), "sigmas", report_real(sigmas, 1), "drifted",
                     (int)isfinite(since_s), "since_s", report_instant(view, since_s));
}

json_t *report_drift(const struct report_view *view)
{
    json_t *list = json_array();
    for (int q = 0; q < N_QUANTITIES; q++) {
        json_t *row = drift_of(view, quantities[q].key, quantities[q].decimals);
        if (row)
            json_array_append_new(list, row);
    }
    return list;
}

// A text of the object, null when it is none of names (NULL: any will do).
static json_t *one_of(const json_t *object, const char *key, const char *const *names)
{
    const char *text = report_text(object, key);
    bool known = names == NULL;
    for (int i = 0; names && names[i]; i++)
        known = known || strcmp(names[i], text) == 0;
    return known ? report_words_json(text) : json_null();
}

// A list of objects with just these keys: other programs' files may hold anything.
static json_t *table(const json_t *list, const char *const *keys)
{
    static const char *const sides[] = EXERCISE_SIDE_NAMES;
    json_t *out = json_array(), *row;
    size_t i;
    json_array_foreach(list, i, row)
    {
        json_t *kept = json_object();
        for (int k = 0; keys[k]; k++) {
            json_t *value = json_object_get(row, keys[k]);
            if (strcmp(keys[k], "part") == 0 || strcmp(keys[k], "side") == 0)
                value = one_of(row, keys[k], keys[k][0] == 's' ? sides : NULL);
            else if (strcmp(keys[k], "values") == 0)
                value = json_is_object(value) ? json_incref(value) : json_object();
            else
                value = json_is_number(value) ? json_incref(value) : json_null();
            json_object_set_new(kept, keys[k], value);
        }
        if (json_is_object(row))
            json_array_append(out, kept);
        json_decref(kept);
    }
    return out;
}

static json_t *assessment(const struct report_view *view, const json_t *kept)
{
    static const char *const of_row[] = {"part",     "side",   "count",      "held",   "range_deg",
                                         "best_deg", "hold_s", "smoothness", "values", NULL};
    static const char *const of_repetition[] = {"part",   "side",   "number",     "t_s", "range_deg",
                                                "hold_s", "move_s", "smoothness", NULL};
    static const char *const outcomes[] = EXERCISE_OUTCOME_NAMES;
    const char *name = report_text(kept, "exercise");
    char title[80];
    report_words(name, title, sizeof title);
    for (int e = 0; e < N_EXERCISES; e++)
        if (strcmp(exercises[e].name, name) == 0)
            snprintf(title, sizeof title, "%s", exercises[e].title);
    json_t *repetitions = table(json_object_get(kept, "repetitions"), of_repetition), *repetition;
    size_t i;
    json_array_foreach(repetitions, i, repetition)
        json_object_set_new(repetition, "t_s", report_instant(view, report_number(repetition, "t_s")));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "exercise", name, "title", json_of_text(title), "outcome",
                     one_of(kept, "outcome", outcomes), "t_s", report_instant(view, report_number(kept, "t_s")),
                     "begun_utc", one_of(kept, "begun_utc", NULL), "rows", table(json_object_get(kept, "rows"), of_row),
                     "repetitions", repetitions);
}

json_t *report_assessments(const struct report_view *view)
{
    json_t *list = json_array(), *kept;
    size_t i;
    json_array_foreach(view->data->assessments, i, kept)
    {
        double t_s = report_number(kept, "t_s");
        if (t_s >= view->from_s && t_s <= view->until_s)
            json_array_append_new(list, assessment(view, kept));
    }
    return list;
}
