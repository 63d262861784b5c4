// SPDX-License-Identifier: GPL-3.0-or-later
// What the streams without a table bring: sensor health, findings, the session's phases and drift, calibration, guided
// assessments; and the lines of the log.
#include "frames/finding.h"
#include "report_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSESSMENT_HOLE_S 3  // without `assessment` (4 Hz while one runs) after which none runs
#define SESSION_HOLE_S    15 // without `session` (every 5 s) after which the phase is not known

static int index_of(const char *const *names, const char *name)
{
    for (int i = 0; names && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static uint32_t count_of(const json_t *object, const char *key)
{
    double value = report_number(object, key);
    return value > 0 && value < 4e9 ? (uint32_t)value : 0;
}

static void tell_site(struct report_data *data, double t_s, int site, const json_t *told, int state)
{
    char text[300];
    const char *reason = report_text(told, "reason");
    int before = data->site_now[site].state;
    if (before >= 0 && state >= 0 && before != state && (before == SITE_STATE_RUNNING || state == SITE_STATE_RUNNING)) {
        const char *name = report_text(told, "state");
        snprintf(text, sizeof text, "%s%s%s", state == SITE_STATE_RUNNING ? "running again" : name,
                 state != SITE_STATE_RUNNING && reason[0] ? ": " : "", state != SITE_STATE_RUNNING ? reason : "");
        if (before != SITE_STATE_WAITING || state != SITE_STATE_RUNNING)
            report_add_note(data, &data->events, t_s, "device", site, text);
    }
    double slipped = report_number(told, "slipped_deg");
    if (isfinite(slipped) && !data->site_now[site].slipped) {
        snprintf(text, sizeof text, "slipped on the body, by %.0f deg so far", slipped);
        report_add_note(data, &data->events, t_s, "device", site, text);
    }
    data->site_now[site].state = state;
    data->site_now[site].slipped = isfinite(slipped);
}

static void take_status(struct report_data *data, const json_t *object, double t_s)
{
    static const char *const counters[] = {"samples_in", "samples_used", "samples_dropped", "samples_invalid",
                                           "samples_held"};
    const struct stream_key *state = report_key(STREAM_STATUS, "state");
    struct report_status *status = &data->status;
    if (!report_grow(&status->row, &status->capacity, status->n, sizeof *status->row)) {
        data->failed = true;
        return;
    }
    struct report_status_row *row = &status->row[status->n++];
    *row = (struct report_status_row){.t_s = t_s,
                                      .calibrated = json_is_true(json_object_get(object, "calibrated")),
                                      .fresh = report_number(object, "seq") <= 1};
    for (int i = 0; i < 5; i++)
        row->counter[i] = report_number(json_object_get(object, "counters"), counters[i]);
    const json_t *sites = json_object_get(object, "sites");
    for (int s = 0; s < N_SITES; s++) {
        const json_t *told = json_object_get(sites, site_names[s]);
        row->site[s] = (struct report_site_row){
            .rate_hz = (float)report_number(told, "rate_hz"),
            .ppm = (float)report_number(told, "ppm"),
            .jitter_us = (float)report_number(told, "jitter_us"),
            .slipped_deg = (float)report_number(told, "slipped_deg"),
            .gaps = count_of(told, "gaps"),
            .missed = count_of(told, "missed"),
            .saturated = count_of(told, "saturated"),
            .state = (int16_t)(told && state ? index_of(state->names, report_text(told, "state")) : -1)};
        if (told)
            tell_site(data, t_s, s, told, row->site[s].state);
        if (told && report_text(told, "reason")[0] != '\0')
            json_object_set(row->site[s].state == SITE_STATE_RUNNING ? data->complaints : data->reasons, site_names[s],
                            json_object_get(told, "reason"));
    }
    double lost = report_number(json_object_get(object, "recording"), "lost_metrics");
    data->n_lost = lost > 0 && lost < 1e15 ? (uint64_t)lost : data->n_lost;
    json_t *unavailable = json_object_get(object, "unavailable");
    if (json_is_object(unavailable))
        json_object_update(data->unavailable, unavailable);
}

static struct report_finding *finding_of(struct report_data *data, const json_t *object)
{
    const char *factor = report_text(object, "factor");
    for (int i = 0; i < data->n_findings; i++)
        if (strcmp(data->finding[i].factor, factor) == 0)
            return &data->finding[i];
    if (data->n_findings == REPORT_FINDINGS_MAX || factor[0] == '\0' ||
        strlen(factor) >= sizeof data->finding[0].factor)
        return NULL;
    struct report_finding *finding = &data->finding[data->n_findings++];
    snprintf(finding->factor, sizeof finding->factor, "%s", factor);
    snprintf(finding->cause, sizeof finding->cause, "%s", report_text(object, "cause"));
    return finding;
}

static int reason_of(struct report_finding *finding, const char *text)
{
    if (text[0] == '\0')
        return -1;
    for (int i = 0; i < REPORT_REASONS_MAX; i++) {
        if (!finding->reason[i])
            finding->reason[i] = strdup(text);
        if (finding->reason[i] && strcmp(finding->reason[i], text) == 0)
            return i;
    }
    return REPORT_REASONS_MAX - 1;
}

static void take_finding(struct report_data *data, const json_t *object, double t_s)
{
    static const char *const level_names[] = FINDING_LEVEL_NAMES;
    int level = index_of(level_names, report_text(object, "level"));
    struct report_finding *finding = level >= 0 ? finding_of(data, object) : NULL;
    if (!finding)
        return;
    if (!report_grow(&finding->level, &finding->capacity, finding->n, sizeof *finding->level)) {
        data->failed = true;
        return;
    }
    double score = report_number(object, "score");
    finding->level[finding->n++] = (struct report_level){.t_s = t_s,
                                                         .since_s = report_number(object, "since_s") + data->shift_s,
                                                         .score = (float)score,
                                                         .level = level,
                                                         .why = reason_of(finding, report_text(object, "unknown_of"))};
    if (data->session_now < 0 || level == LEVEL_UNKNOWN)
        return;
    struct report_worst *worst = &finding->worst[data->session_now];
    if (worst->evidence && (level < worst->level || (level == worst->level && !(score > worst->score))))
        return;
    json_decref(worst->evidence);
    json_t *evidence = json_object_get(object, "evidence");
    *worst = (struct report_worst){level, score, t_s, json_is_object(evidence) ? json_incref(evidence) : json_object()};
}

static void take_session(struct report_data *data, const json_t *object, double t_s)
{
    static const char *const phase_names[] = SESSION_PHASE_NAMES;
    report_extend(data, &data->phases, t_s, index_of(phase_names, report_text(object, "phase")), SESSION_HOLE_S);
    json_t *drift = json_object_get(object, "drift");
    struct report_drifts *drifts = &data->drifts;
    if (!json_is_object(drift) || json_object_size(drift) == 0)
        return;
    if (!report_grow(&drifts->row, &drifts->capacity, drifts->n, sizeof *drifts->row))
        data->failed = true;
    else
        drifts->row[drifts->n++] = (struct report_drift){t_s, json_incref(drift)};
}

static void take_calibration(struct report_data *data, const json_t *object, double t_s)
{
    char text[120];
    const char *outcome = report_text(object, "outcome");
    int calibrated = json_is_true(json_object_get(object, "calibrated"));
    bool ended = strcmp(outcome, data->outcome_now) != 0 && strcmp(outcome, "running") != 0 && outcome[0] != '\0';
    if (ended && data->calibrated_now >= 0) {
        snprintf(text, sizeof text, "%.40s: %.40s", report_text(object, "method"), outcome);
        report_add_note(data, &data->events, t_s, "calibration", -1, text);
    } else if (data->calibrated_now == 0 && calibrated) {
        report_add_note(data, &data->events, t_s, "calibration", -1, "calibrated by a quiet stand");
    }
    snprintf(data->outcome_now, sizeof data->outcome_now, "%s", outcome);
    data->calibrated_now = calibrated;
}

// The objects of one assessment replace one another; `commands` tells it from the one before.
static void take_assessment(struct report_data *data, const json_t *object, double t_s)
{
    bool running = strcmp(report_text(object, "outcome"), "running") == 0;
    report_extend(data, &data->assessing, t_s, running ? 0 : -1, ASSESSMENT_HOLE_S);
    json_t *last = json_array_get(data->assessments, json_array_size(data->assessments) - 1);
    bool same = last && json_equal(json_object_get(last, "exercise"), json_object_get(object, "exercise")) &&
                (report_number(last, "commands") == report_number(object, "commands") ||
                 (json_is_string(json_object_get(object, "begun_utc")) &&
                  json_equal(json_object_get(last, "begun_utc"), json_object_get(object, "begun_utc"))));
    if (!json_is_string(json_object_get(object, "exercise")) || (!same && json_array_size(data->assessments) >= 1000))
        return;
    json_t *kept =
        json_pack("{s:O, s:O?, s:O?, s:O?, s:O?}", "exercise", json_object_get(object, "exercise"), "outcome",
                  json_object_get(object, "outcome"), "begun_utc", json_object_get(object, "begun_utc"), "commands",
                  json_object_get(object, "commands"), "rows", json_object_get(object, "rows"));
    json_object_set_new(kept, "t_s", same ? json_incref(json_object_get(last, "t_s")) : json_real(t_s));
    json_object_set_new(kept, "repetitions", same ? json_incref(json_object_get(last, "repetitions")) : json_array());
    if (same)
        json_array_set_new(data->assessments, json_array_size(data->assessments) - 1, kept);
    else
        json_array_append_new(data->assessments, kept);
}

static void take_repetition(struct report_data *data, const json_t *object, double t_s)
{
    static const char *const keys[] = {"part", "side", "number", "range_deg", "hold_s", "move_s", "smoothness", NULL};
    json_t *last = json_array_get(data->assessments, json_array_size(data->assessments) - 1);
    json_t *list = json_object_get(last, "repetitions"), *kept = json_object();
    for (int i = 0; keys[i]; i++) {
        json_t *value = json_object_get(object, keys[i]);
        json_object_set(kept, keys[i], value ? value : json_null());
    }
    json_object_set_new(kept, "t_s", json_real(t_s));
    if (json_array_size(list) >= 1000 || json_array_append(list, kept) != 0)
        data->n_unreadable++;
    json_decref(kept);
}

void report_take_object(struct report_data *data, enum stream stream, const json_t *object, double t_s)
{
    if (stream == STREAM_STATUS)
        take_status(data, object, t_s);
    else if (stream == STREAM_FINDING)
        take_finding(data, object, t_s);
    else if (stream == STREAM_SESSION)
        take_session(data, object, t_s);
    else if (stream == STREAM_CALIBRATION)
        take_calibration(data, object, t_s);
    else if (stream == STREAM_ASSESSMENT)
        take_assessment(data, object, t_s);
    else if (stream == STREAM_REPETITION)
        take_repetition(data, object, t_s);
}

// Whose the session is, and that it began or ended.
static void take_session_command(struct report_data *data, double t_s, const json_t *event, bool repeated)
{
    const char *uuid = report_text(event, "session"), *subject = report_text(event, "text");
    int session = uuid[0] != '\0' ? report_session_of(data, uuid) : -1;
    if (session >= 0 && subject[0] != '\0')
        snprintf(data->session[session].subject, sizeof data->session[session].subject, "%s", subject);
    char text[200];
    if (repeated)
        return;
    if (session >= 0 && !isfinite(data->session[session].begun_s))
        data->session[session].begun_s = t_s;
    snprintf(text, sizeof text, "session %s %s", uuid[0] ? "begins" : "ends", subject);
    report_add_note(data, &data->events, t_s, "session", -1, text);
}

void report_take_event(struct report_data *data, double t_s, const char *line, bool repeated)
{
    json_t *event = json_loads(line, 0, NULL);
    const char *command = report_text(event, "command");
    char text[48];
    if (strcmp(command, "session") == 0) {
        take_session_command(data, t_s, event, repeated);
    } else if (strcmp(command, "mark") == 0 && !repeated) {
        report_add_note(data, &data->marks, t_s, "mark", -1, report_text(event, "text"));
    } else if (strcmp(command, "speed") == 0 && !repeated && isfinite(report_number(event, "value"))) {
        snprintf(text, sizeof text, "%.2f m/s", report_number(event, "value"));
        report_add_note(data, &data->events, t_s, "speed", -1, text);
    }
    json_decref(event);
}
