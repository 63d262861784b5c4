// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/finding.h"
#include "record/json_parts.h"
#include "record/utc_text.h"
#include "report_private.h"
#include "report_view.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define MILLISECONDS 23 // of "2026-11-21T18:10:26.123"

static json_t *utc_json(int64_t utc_ns)
{
    char text[UTC_TEXT];
    utc_text_format(utc_ns, text);
    memcpy(text + MILLISECONDS, "Z", 2);
    return json_string(text);
}

static json_t *utc_of(const struct report_view *view, double t_s)
{
    double utc_s = t_s + view->data->utc_minus_t_s;
    return utc_s > 0 && utc_s < 4e9 ? utc_json((int64_t)llround(utc_s * 1e9)) : json_null();
}

static json_t *now_utc(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return utc_json((int64_t)now.tv_sec * 1000000000);
}

json_t *report_source(const struct report_view *view)
{
    const struct report_data *data = view->data;
    const struct report_session *session = &data->session[view->session];
    bool is_recorded = strcmp(view->metrics, "recorded") == 0; // a replay is a start of its own
    const char *subject = session->subject[0] != '\0' ? session->subject : data->subject;
    return json_pack("{s:O, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:O}", "files", view->files, "rig",
                     report_words_json(data->rig), "boot", report_words_json(is_recorded ? data->boot : ""), "session",
                     report_words_json(session->uuid), "subject", report_words_json(subject), "begun_utc",
                     utc_of(view, view->from_s), "ended_utc", utc_of(view, view->until_s), "duration_s",
                     report_real(view->until_s - view->from_s, 3), "metrics", view->metrics, "notes", view->notes);
}

json_t *report_model(const struct report_view *view)
{
    json_t *model =
        json_pack("{s:i, s:s, s:o}", "report", 1, "program", "poisectl " POISE_VERSION, "made_utc", now_utc());
    const struct {
        const char *key;
        json_t *(*make)(const struct report_view *view);
    } parts[] = {{"source", report_source},
                 {"quality", report_quality},
                 {"summary", NULL}, // its place; made of what follows
                 {"phases", report_phases},
                 {"activities", report_activities},
                 {"findings", report_findings},
                 {"metrics", report_metrics},
                 {"series", report_series},
                 {"left_right", report_left_right},
                 {"steps_per_breath", report_steps_per_breath},
                 {"drift", report_drift},
                 {"assessments", report_assessments}};
    bool good = model != NULL;
    for (size_t i = 0; good && i < sizeof parts / sizeof parts[0]; i++) {
        json_t *part = parts[i].make ? parts[i].make(view) : json_null();
        good = part && json_object_set_new(model, parts[i].key, part) == 0;
    }
    json_t *summary = good ? report_summary(view, model) : NULL;
    json_t *marks = report_notes(view, &view->data->marks, false);
    json_t *events = report_notes(view, &view->data->events, true);
    good = good && summary && marks && events;
    if (!good) {
        json_decref(summary);
        json_decref(marks);
        json_decref(events);
        json_decref(model);
        return NULL;
    }
    json_object_set_new(model, "summary", summary);
    json_object_set_new(model, "marks", marks);
    json_object_set_new(model, "events", events);
    json_object_set_new(model, "disclaimer", json_string(finding_disclaimer));
    return model;
}
