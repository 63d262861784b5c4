// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/history_text.h"

#include "core/uuid.h"
#include "frames/log_event.h"
#include "record/json_parts.h"
#include "record/utc_text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEED_STEP_M_S 0.25
#define MINUTES_MAX    1e7 // 19 years of running
#define SECONDS_MAX    1e9

static const char *const gait_names[USUAL_GAITS + 1] = {"walk", "run", NULL};
static const char *const phase_names[] = SESSION_PHASE_NAMES;

// The clocks of the session that runs.
static const struct field {
    const char *key;
    size_t offset; // of a double
} clocks[] = {
    {"elapsed_s", offsetof(struct runner_history, elapsed_s)},
    {"moved_s", offsetof(struct runner_history, moved_s)},
    {"ran_s", offsetof(struct runner_history, ran_s)},
    {"steady_s", offsetof(struct runner_history, steady_s)},
    {"still_s", offsetof(struct runner_history, still_s)},
    {"since_drink_s", offsetof(struct runner_history, since_drink_s)},
};
#define N_CLOCKS (sizeof clocks / sizeof clocks[0])

void history_clear(struct runner_history *history)
{
    memset(history, 0, sizeof *history);
    history->updated_utc_ns = UTC_UNKNOWN_NS;
}

static json_t *cell_object(int gait, int speed, int quantity, const struct usual_cell *cell)
{
    json_t *speed_m_s = speed > 0 ? json_real(speed * SPEED_STEP_M_S) : json_null();
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "gait", gait_names[gait], "speed_m_s", speed_m_s, "of",
                     quantities[quantity].key, "mean", json_of_real((double)cell->mean), "sd",
                     json_of_real((double)cell->sd), "rho", json_of_real((double)cell->rho), "minutes",
                     json_of_real((double)cell->minutes));
}

static json_t *usual_array(const struct usual *usual)
{
    json_t *array = json_array();
    for (int g = 0; g < USUAL_GAITS; g++)
        for (int s = 0; s < USUAL_SPEEDS; s++)
            for (int q = 0; q < N_QUANTITIES; q++)
                if (usual->cell[g][s][q].minutes > 0)
                    json_array_append_new(array, cell_object(g, s, q, &usual->cell[g][s][q]));
    return array;
}

json_t *history_object(const struct runner_history *history)
{
    char updated[UTC_TEXT];
    bool known = history->updated_utc_ns != UTC_UNKNOWN_NS;
    if (known)
        utc_text_format(history->updated_utc_ns, updated);
    json_t *object = json_pack("{s:i, s:I, s:o, s:o, s:s, s:b}", "version", HISTORY_VERSION, "sessions",
                               (json_int_t)history->sessions, "updated", known ? json_string(updated) : json_null(),
                               "session", history->session[0] != '\0' ? json_string(history->session) : json_null(),
                               "phase", phase_names[history->phase], "vest", (int)history->vest);
    if (!object)
        return NULL;
    for (size_t i = 0; i < N_CLOCKS; i++)
        json_object_set_new(object, clocks[i].key,
                            json_of_real(*(const double *)((const char *)history + clocks[i].offset)));
    json_object_set_new(object, "before", usual_array(&history->before));
    json_object_set_new(object, "now", usual_array(&history->now));
    return object;
}

struct reading {
    char path[32]; // of the object being read, with its dot: "before[12]."
    char *error;
    size_t error_size;
};

static int refuse(const struct reading *r, const char *key, const json_t *value, const char *allowed)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (value)
        snprintf(r->error, r->error_size, "key '%s%.40s': value %.60s; allowed: %s", r->path, key, text ? text : "?",
                 allowed);
    else
        snprintf(r->error, r->error_size, "key '%s%.40s' is missing; allowed: %s", r->path, key, allowed);
    free(text);
    return -EINVAL;
}

static int index_of(const char *const *names, const json_t *value)
{
    const char *name = json_string_value(value);
    for (int i = 0; name && names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

static bool is_one_of(const char *key, const char *const *names)
{
    for (; names && *names; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

static int check_keys(const struct reading *r, const json_t *object, const char *const *own, const char *const *also)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!is_one_of(key, own) && !is_one_of(key, also))
            return refuse(r, key, value, "no such key");
    }
    return 0;
}

static int read_number(const struct reading *r, const json_t *object, const char *key, double min, double max,
                       const char *allowed, double *out)
{
    const json_t *value = json_object_get(object, key);
    *out = json_number_value(value);
    return json_is_number(value) && *out >= min && *out <= max ? 0 : refuse(r, key, value, allowed);
}

static int read_numbers(const struct reading *r, const json_t *object, struct usual_cell *cell)
{
    const struct {
        const char *key;
        double min, max;
        const char *allowed;
        float *to;
    } rows[] = {
        {"mean", -1e6, 1e6, "-1000000 … 1000000", &cell->mean},
        {"sd", 0, 1e6, "0 … 1000000", &cell->sd},
        {"rho", -1, 1, "-1 … 1", &cell->rho},
        {"minutes", FLT_MIN, MINUTES_MAX, "above 0", &cell->minutes},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value;
        int rc = read_number(r, object, rows[i].key, rows[i].min, rows[i].max, rows[i].allowed, &value);
        if (rc != 0)
            return rc;
        *rows[i].to = (float)value;
    }
    return 0;
}

static int read_speed(const struct reading *r, const json_t *object, int *speed)
{
    const json_t *value = json_object_get(object, "speed_m_s");
    *speed = 0;
    if (json_is_null(value))
        return 0;
    double bin = json_number_value(value) / SPEED_STEP_M_S;
    if (!json_is_number(value) || !(bin >= 1 && bin < USUAL_SPEEDS) || fabs(bin - round(bin)) > 1e-6)
        return refuse(r, "speed_m_s", value, "0.25 to 6.25 in steps of 0.25, or null");
    *speed = (int)lround(bin);
    return 0;
}

static int read_cell(const struct reading *r, const json_t *object, struct usual *usual)
{
    static const char *const known[] = {"gait", "speed_m_s", "of", "mean", "sd", "rho", "minutes", NULL};
    int gait = index_of(gait_names, json_object_get(object, "gait")), speed, quantity = N_QUANTITIES;
    const char *of = json_string_value(json_object_get(object, "of"));
    struct usual_cell cell;
    int rc = json_is_object(object) ? check_keys(r, object, known, NULL) : refuse(r, "", object, "objects");
    if (rc == 0 && gait < 0)
        rc = refuse(r, "gait", json_object_get(object, "gait"), "walk, run");
    while (of && quantity > 0 && strcmp(of, quantities[quantity - 1].key) != 0)
        quantity--;
    if (rc == 0 && (!of || quantity == 0))
        rc = refuse(r, "of", json_object_get(object, "of"), "one of the quantities that are compared");
    if (rc == 0)
        rc = read_speed(r, object, &speed);
    if (rc == 0)
        rc = read_numbers(r, object, &cell);
    if (rc != 0)
        return rc;
    struct usual_cell *to = &usual->cell[gait][speed][quantity - 1];
    if (to->minutes > 0)
        return refuse(r, "of", json_object_get(object, "of"), "each once for a gait and speed");
    *to = cell;
    return 0;
}

static int read_usual(struct reading *r, const json_t *object, const char *key, struct usual *usual)
{
    const json_t *array = json_object_get(object, key);
    if (!json_is_array(array))
        return refuse(r, key, array, "a list of cells");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(array); i++) {
        snprintf(r->path, sizeof r->path, "%s[%zu].", key, i);
        rc = read_cell(r, json_array_get(array, i), usual);
    }
    r->path[0] = '\0';
    return rc;
}

static int read_session(const struct reading *r, const json_t *object, struct runner_history *history)
{
    const json_t *id = json_object_get(object, "session"), *vest = json_object_get(object, "vest");
    const char *text = json_string_value(id);
    if (!json_is_null(id) && !(text && strlen(text) == json_string_length(id) && uuid_is_text(text)))
        return refuse(r, "session", id, "a UUID in lower case, or null");
    if (text)
        memcpy(history->session, text, sizeof history->session);
    history->phase = index_of(phase_names, json_object_get(object, "phase"));
    if (history->phase < 0)
        return refuse(r, "phase", json_object_get(object, "phase"), "idle, warm_up, steady, fatigued, cool_down");
    if (!json_is_boolean(vest))
        return refuse(r, "vest", vest, "true, false");
    history->vest = json_is_true(vest);
    for (size_t i = 0; i < N_CLOCKS; i++) {
        int rc = read_number(r, object, clocks[i].key, 0, SECONDS_MAX, "0 or more",
                             (double *)((char *)history + clocks[i].offset));
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int read_all(struct reading *r, const json_t *object, const char *const *besides, struct runner_history *history)
{
    static const char *const known[] = {"version", "sessions", "updated", "session",       "phase",
                                        "vest",    "before",   "now",     "elapsed_s",     "moved_s",
                                        "ran_s",   "steady_s", "still_s", "since_drink_s", NULL};
    const json_t *version = json_object_get(object, "version"), *updated = json_object_get(object, "updated");
    double sessions;
    if (!json_is_integer(version) || json_integer_value(version) != HISTORY_VERSION)
        return refuse(r, "version", version, "1; another version of Poise wrote this");
    int rc = check_keys(r, object, known, besides);
    if (rc == 0)
        rc = read_number(r, object, "sessions", 0, UINT32_MAX, "0 or more", &sessions);
    if (rc != 0)
        return rc;
    history->sessions = (uint32_t)sessions;
    const char *text = json_string_value(updated);
    if (!json_is_null(updated) && !(text && utc_text_parse(text, &history->updated_utc_ns)))
        return refuse(r, "updated", updated, "RFC 3339 in UTC, or null");
    rc = read_session(r, object, history);
    if (rc == 0)
        rc = read_usual(r, object, "before", &history->before);
    return rc == 0 ? read_usual(r, object, "now", &history->now) : rc;
}

int history_read(struct runner_history *history, const json_t *object, const char *const *besides, char *error,
                 size_t error_size)
{
    struct reading r = {.error = error, .error_size = error_size};
    struct runner_history *read = malloc(sizeof *read);
    if (!read || !json_is_object(object)) {
        snprintf(error, error_size, read ? "is no JSON object" : "no memory");
        free(read);
        return -EINVAL;
    }
    history_clear(read);
    int rc = read_all(&r, object, besides, read);
    if (rc == 0)
        *history = *read;
    free(read);
    return rc;
}
