// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_data.h"

#include "record/utc_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T_MAX_S       1e9 // no machine runs so long
#define HEAD_BYTES    400 // the common keys of an object stand in its first bytes
#define ACTIVITY_HOLE 6   // seconds without `cadence`: its t_s, the middle of a window, leaps when the window shrinks

bool report_grow(void *list, size_t *capacity, size_t n, size_t size)
{
    if (n < *capacity)
        return true;
    size_t more = *capacity > 0 ? 2 * *capacity : 64;
    void *at;
    memcpy(&at, list, sizeof at);
    at = realloc(at, more * size);
    if (!at)
        return false;
    memcpy(list, &at, sizeof at);
    *capacity = more;
    return true;
}

double report_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *report_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void report_add_note(struct report_data *data, struct report_notes *notes, double t_s, const char *kind, int site,
                     const char *text)
{
    char *copy = strdup(text);
    if (!copy || !report_grow(&notes->note, &notes->capacity, notes->n, sizeof *notes->note)) {
        free(copy);
        data->failed = true;
        return;
    }
    size_t at = notes->n++; // in order of time: the log's come before those that were published
    for (; at > 0 && notes->note[at - 1].t_s > t_s; at--)
        notes->note[at] = notes->note[at - 1];
    notes->note[at] = (struct report_note){.t_s = t_s, .kind = kind, .site = site, .text = copy};
}

void report_extend(struct report_data *data, struct report_spans *spans, double t_s, int what, double hole_s)
{
    struct report_span *last = spans->n > 0 ? &spans->span[spans->n - 1] : NULL;
    bool goes_on = last && !spans->ended && t_s >= last->until_s && t_s - last->until_s <= hole_s;
    if (last && t_s < last->until_s)
        return;
    if (goes_on)
        last->until_s = t_s; // up to here it was what it was
    spans->ended = what < 0;
    if (what < 0 || (goes_on && last->what == what))
        return;
    if (!report_grow(&spans->span, &spans->capacity, spans->n, sizeof *spans->span)) {
        data->failed = true;
        return;
    }
    spans->span[spans->n++] = (struct report_span){.what = what, .from_s = t_s, .until_s = t_s};
}

int report_session_of(struct report_data *data, const char *uuid)
{
    for (int i = 0; i < data->n_sessions; i++)
        if (strcmp(data->session[i].uuid, uuid) == 0)
            return i;
    if (data->n_sessions == REPORT_SESSIONS_MAX || strlen(uuid) >= sizeof data->session[0].uuid)
        return -1;
    struct report_session *session = &data->session[data->n_sessions];
    *session = (struct report_session){.from_s = (double)NAN, .until_s = (double)NAN, .begun_s = (double)NAN};
    snprintf(session->uuid, sizeof session->uuid, "%s", uuid);
    return data->n_sessions++;
}

// Seconds since 1970, NaN when text is no time.
static double parse_utc(const char *text)
{
    int64_t utc_ns;
    return utc_text_parse(text, &utc_ns) ? (double)utc_ns / 1e9 : (double)NAN;
}

// A text or number of the common keys without reading the object: what follows "key": in its head.
static const char *peek(const char *line, const char *key)
{
    char head[HEAD_BYTES + 1];
    size_t n = strnlen(line, HEAD_BYTES);
    memcpy(head, line, n);
    head[n] = '\0';
    const char *at = strstr(head, key);
    return at ? line + (at - head) + strlen(key) : NULL;
}

static bool peek_text(const char *line, const char *key, char *text, size_t size)
{
    const char *at = peek(line, key);
    size_t n = at ? strcspn(at, "\"\\") : 0;
    if (!at || at[n] != '"' || n >= size)
        return false;
    memcpy(text, at, n);
    text[n] = '\0';
    return true;
}

// Counts what is missing between the last object of this stream and this one.
static void follow_sequence(struct report_data *data, const char *stream, double seq)
{
    int i = 0;
    while (i < data->n_sequences && strcmp(data->sequence[i].name, stream) != 0)
        i++;
    if (i == (int)(sizeof data->sequence / sizeof data->sequence[0]) || !isfinite(seq))
        return;
    if (i == data->n_sequences)
        snprintf(data->sequence[data->n_sequences++].name, sizeof data->sequence[0].name, "%s", stream);
    else if (seq > data->sequence[i].seq + 1)
        data->n_missing += (uint64_t)(seq - data->sequence[i].seq - 1);
    data->sequence[i].seq = seq;
}

// All the time from … to t: a mean over the moment of the calibration mixes two meanings of an angle.
static bool is_calibrated(struct report_data *data, const json_t *object, double from_s, double t_s)
{
    if (!json_is_true(json_object_get(object, "calibrated")))
        data->open_until_s = t_s;
    return !(from_s < data->open_until_s);
}

static void take_row(struct report_data *data, enum report_table which, const json_t *object, double t_s)
{
    const struct report_stream *table = &report_streams[which];
    struct report_rows *rows = &data->rows[which];
    size_t times = rows->capacity, before = rows->capacity, after = rows->capacity, values = rows->capacity;
    rows->n_values = report_n_channels(table);
    if (!report_grow(&rows->t_s, &times, rows->n, sizeof *rows->t_s) ||
        !report_grow(&rows->before_s, &before, rows->n, sizeof *rows->before_s) ||
        !report_grow(&rows->after_s, &after, rows->n, sizeof *rows->after_s) ||
        !report_grow(&rows->value, &values, rows->n, (size_t)rows->n_values * sizeof *rows->value)) {
        data->failed = true;
        return;
    }
    rows->capacity = times;
    double window = table->window ? report_number(object, table->window) : (double)NAN;
    rows->t_s[rows->n] = t_s;
    rows->before_s[rows->n] = (float)(isfinite(window) ? window / 2 : table->before_s);
    rows->after_s[rows->n] = (float)(isfinite(window) ? window / 2 : table->after_s);
    bool usable = !table->calibrated || is_calibrated(data, object, t_s - table->before_s, t_s);
    uint32_t slipped = 0;
    size_t i;
    json_t *site;
    json_array_foreach(json_object_get(object, "slipped"), i, site)
    {
        int id = json_is_string(site) ? site_from_name(json_string_value(site)) : -1;
        slipped |= id >= 0 ? SITE_BIT(id) : 0;
    }
    const json_t *from = table->inside ? json_object_get(object, table->inside) : object;
    float *value = &rows->value[rows->n++ * (size_t)rows->n_values];
    for (int k = 0; k < rows->n_values; k++) {
        const struct report_channel *channel = &table->channels[k];
        value[k] = usable && !(channel->slip & slipped) ? (float)report_number(from, channel->key) : NAN;
        if (which == TABLE_STEP && strcmp(channel->key, "foot") == 0) {
            const char *foot = report_text(object, "foot");
            value[k] = strcmp(foot, "left") == 0 ? 0 : strcmp(foot, "right") == 0 ? 1 : NAN;
        }
    }
}

static void take_activity(struct report_data *data, const json_t *object, double t_s)
{
    const char *name = report_text(object, "activity");
    int what = -1;
    for (int i = 0; activity_names[i]; i++)
        if (strcmp(name, activity_names[i]) == 0)
            what = i;
    report_extend(data, &data->activities, t_s, what, ACTIVITY_HOLE);
}

// Whose and when. What tells the present widens the session; values of a past window do not.
static void take_common(struct report_data *data, enum stream stream, const json_t *object, double t_s)
{
    const char *boot = report_text(object, "boot"), *rig = report_text(object, "rig");
    if (data->boot[0] == '\0')
        snprintf(data->boot, sizeof data->boot, "%s", boot);
    if (data->rig[0] == '\0')
        snprintf(data->rig, sizeof data->rig, "%s", rig);
    if (!isfinite(data->utc_minus_t_s))
        data->utc_minus_t_s = parse_utc(report_text(object, "utc")) - t_s;
    data->session_now = report_session_of(data, report_text(object, "session"));
    if (stream != STREAM_POSTURE && stream != STREAM_STATUS && stream != STREAM_SESSION && stream != STREAM_FINDING)
        return;
    if (!isfinite(data->first_s))
        data->first_s = t_s;
    data->last_s = fmax(isfinite(data->last_s) ? data->last_s : t_s, t_s);
    if (data->session_now < 0)
        return;
    struct report_session *session = &data->session[data->session_now];
    if (!isfinite(session->from_s))
        session->from_s = t_s;
    session->until_s = fmax(isfinite(session->until_s) ? session->until_s : t_s, t_s);
}

static void take_object(struct report_data *data, enum stream stream, const json_t *object, double t_s)
{
    take_common(data, stream, object, t_s);
    for (int i = 0; i < N_TABLES; i++)
        if (report_streams[i].stream == stream)
            take_row(data, i, object, t_s);
    if (stream == STREAM_CADENCE)
        take_activity(data, object, t_s);
    report_take_object(data, stream, object, t_s);
}

static int stream_of(const char *name)
{
    for (int i = 0; i < N_STREAMS; i++)
        if (strcmp(stream_tables[i].name, name) == 0)
            return i;
    return -1;
}

static bool is_of_interest(int stream)
{
    return stream >= 0 && stream != STREAM_ORIENTATION && stream != STREAM_CONTACT && stream != STREAM_META;
}

// Of a stream that is thinned: whether this one comes too soon after the one before.
static bool is_thinned(struct report_data *data, int stream, double t_s)
{
    for (int i = 0; i < N_TABLES; i++) {
        if ((int)report_streams[i].stream != stream || report_streams[i].thin_s <= 0)
            continue;
        double next_s = data->thin_next_s[i], step_s = report_streams[i].thin_s;
        if (t_s < next_s && t_s > next_s - 2 * step_s)
            return true;
        data->thin_next_s[i] = step_s * (floor(t_s / step_s) + 1);
    }
    return false;
}

void report_take(struct report_data *data, const char *line)
{
    char name[48], boot[40];
    const char *seq = peek(line, "\"seq\":"), *t = peek(line, "\"t_s\":");
    bool known = peek_text(line, "\"stream\":\"", name, sizeof name) && t;
    int stream = known ? stream_of(name) : -1;
    if (known && !is_of_interest(stream))
        return;
    if (known && peek_text(line, "\"boot\":\"", boot, sizeof boot) && strcmp(boot, data->boot_now) != 0) {
        snprintf(data->boot_now, sizeof data->boot_now, "%s", boot);
        data->n_sequences = 0; // a start counts from 1
    }
    double t_s = known ? strtod(t, NULL) + data->shift_s : (double)NAN;
    if (known && fabs(t_s) < T_MAX_S) {
        follow_sequence(data, name, seq ? strtod(seq, NULL) : (double)NAN);
        if (is_thinned(data, stream, t_s))
            return;
    }
    json_t *object = json_loads(line, 0, NULL);
    t_s = report_number(object, "t_s") + data->shift_s;
    if (!known)
        stream = stream_of(report_text(object, "stream"));
    if (object && is_of_interest(stream) && fabs(t_s) < T_MAX_S) {
        data->n_objects++;
        take_object(data, (enum stream)stream, object, t_s);
    } else {
        data->n_unreadable += !object || !(fabs(t_s) < T_MAX_S) || report_text(object, "stream")[0] == '\0';
    }
    json_decref(object);
}

void report_data_init(struct report_data *data)
{
    *data = (struct report_data){.first_s = (double)NAN,
                                 .last_s = (double)NAN,
                                 .utc_minus_t_s = (double)NAN,
                                 .session_now = -1,
                                 .calibrated_now = -1,
                                 .open_until_s = (double)NAN,
                                 .unavailable = json_object(),
                                 .reasons = json_object(),
                                 .complaints = json_object(),
                                 .assessments = json_array()};
    for (int s = 0; s < N_SITES; s++)
        data->site_now[s].state = -1;
}

static void free_notes(struct report_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++)
        free(notes->note[i].text);
    free(notes->note);
}

static void free_finding(struct report_finding *finding)
{
    free(finding->level);
    for (int i = 0; i < REPORT_SESSIONS_MAX; i++)
        json_decref(finding->worst[i].evidence);
    for (int i = 0; i < REPORT_REASONS_MAX; i++)
        free(finding->reason[i]);
}

void report_data_finish(struct report_data *data)
{
    for (int i = 0; i < N_TABLES; i++) {
        free(data->rows[i].t_s);
        free(data->rows[i].before_s);
        free(data->rows[i].after_s);
        free(data->rows[i].value);
    }
    for (int i = 0; i < data->n_findings; i++)
        free_finding(&data->finding[i]);
    for (size_t i = 0; i < data->drifts.n; i++)
        json_decref(data->drifts.row[i].drift);
    free(data->drifts.row);
    free(data->activities.span);
    free(data->phases.span);
    free(data->assessing.span);
    free(data->status.row);
    free_notes(&data->marks);
    free_notes(&data->events);
    json_decref(data->unavailable);
    json_decref(data->reasons);
    json_decref(data->complaints);
    json_decref(data->assessments);
}
