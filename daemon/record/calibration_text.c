// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/calibration_text.h"

#include "frames/log_event.h"
#include "record/calibration_store.h"
#include "record/json_parts.h"
#include "record/utc_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_TOLERANCE     1e-6
#define ROTATION_TOLERANCE 0.02 // what the configuration accepts as a mount can be kept as well
#define ROUNDING           1e-4 // beside a range: not an error

static const char *const axis_names[] = CALIBRATION_AXIS_NAMES;

// The numbers of a site_fit that stand alone.
static const struct field {
    const char *key;
    size_t offset; // of a float
    double min, max;
    bool nullable;
    const char *allowed;
} fields[] = {
    {"tilt_deg", offsetof(struct site_fit, tilt_deg), 0, 180, false, "0 … 180"},
    {"sway_deg", offsetof(struct site_fit, sway_deg), 0, 180, false, "0 … 180"},
    {"axis_turn_deg", offsetof(struct site_fit, axis_turn_deg), -180, 180, false, "-180 … 180"},
    {"axis_share", offsetof(struct site_fit, axis_share), 0.5, 1, true, "0.5 … 1, or null"},
    {"tall_pitch_deg", offsetof(struct site_fit, tall_pitch_deg), -180, 180, true, "-180 … 180, or null"},
    {"tall_roll_deg", offsetof(struct site_fit, tall_roll_deg), -180, 180, true, "-180 … 180, or null"},
};
#define N_FIELDS (sizeof fields / sizeof fields[0])

static float *field_of(const struct field *field, struct site_fit *fit)
{
    return (float *)((char *)fit + field->offset);
}

static json_t *reals(const double *value, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_of_real(value[i]));
    return array;
}

static json_t *utc_or_null(int64_t utc_ns)
{
    char text[UTC_TEXT];
    if (utc_ns == UTC_UNKNOWN_NS)
        return json_null();
    utc_text_format(utc_ns, text);
    return json_string(text);
}

static json_t *site_object(const struct calibration *calibration, int s)
{
    struct site_fit fit = calibration->site[s];
    if (!(calibration->tall & SITE_BIT(s)))
        fit.tall_pitch_deg = fit.tall_roll_deg = NAN;
    json_t *object = json_object();
    json_object_set_new(object, "q_sensor_from_segment", reals(fit.q_sensor_from_segment, 4));
    json_object_set_new(object, "mount", reals(fit.mount, 9));
    bool known = fit.axis >= 0 && fit.axis < N_CALIBRATION_AXES;
    json_object_set_new(object, "axis", known ? json_string(axis_names[fit.axis]) : json_null());
    for (size_t i = 0; i < N_FIELDS; i++)
        json_object_set_new(object, fields[i].key, json_of_real((double)*field_of(&fields[i], &fit)));
    return object;
}

json_t *calibration_object(const struct calibration *calibration)
{
    json_t *sites = json_object();
    for (int s = 0; s < N_SITES; s++)
        if (calibration->sites & SITE_BIT(s))
            json_object_set_new(sites, site_names[s], site_object(calibration, s));
    return json_pack("{s:i, s:o, s:o, s:o}", "version", CALIBRATION_VERSION, "taken",
                     utc_or_null(calibration->taken_utc_ns), "tall_taken", utc_or_null(calibration->tall_utc_ns),
                     "sites", sites);
}

struct reading {
    const char *const *besides; // NULL: what is not known is passed over
    char path[64];              // of the object being read, with its dot: "sites.c7."
    char *error;
    size_t error_size;
};

static int refuse(struct reading *r, const char *key, const json_t *value, const char *allowed)
{
    if (!value) {
        snprintf(r->error, r->error_size, "key '%s%s' is missing; allowed: %s", r->path, key, allowed);
        return -EINVAL;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(r->error, r->error_size, "key '%s%.40s': value %.60s; allowed: %s", r->path, key, text ? text : "?",
             allowed);
    free(text);
    return -EINVAL;
}

static bool is_one_of(const char *key, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

// Every key of object is in own or, when it is not NULL, in also.
static int check_keys(struct reading *r, const json_t *object, const char *const *own, const char *const *also)
{
    const char *key;
    json_t *value;
    if (!r->besides)
        return 0;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!is_one_of(key, own) && !(also && is_one_of(key, also))) {
            snprintf(r->error, r->error_size, "key '%s%.40s' is not known", r->path, key);
            return -EINVAL;
        }
    }
    return 0;
}

static int read_reals(struct reading *r, const json_t *object, const char *key, double *out, size_t n,
                      const char *allowed)
{
    const json_t *array = json_object_get(object, key);
    if (!json_is_array(array) || json_array_size(array) != n)
        return refuse(r, key, array, allowed);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        out[i] = json_number_value(value);
        if (!json_is_number(value) || fabs(out[i]) > 1 + ROTATION_TOLERANCE)
            return refuse(r, key, array, allowed);
    }
    return 0;
}

static bool is_unit(const double q[4])
{
    double square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
    return fabs(sqrt(square) - 1) <= UNIT_TOLERANCE;
}

static bool is_rotation(const double m[9])
{
    for (int a = 0; a < 3; a++)
        for (int b = a; b < 3; b++) {
            double dot = m[3 * a] * m[3 * b] + m[3 * a + 1] * m[3 * b + 1] + m[3 * a + 2] * m[3 * b + 2];
            if (fabs(dot - (a == b ? 1 : 0)) > ROTATION_TOLERANCE)
                return false;
        }
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
               m[2] * (m[3] * m[7] - m[4] * m[6]) >
           0;
}

static int read_field(struct reading *r, const json_t *object, const struct field *field, struct site_fit *fit)
{
    const json_t *value = json_object_get(object, field->key);
    double number = json_number_value(value);
    if (json_is_null(value) && field->nullable)
        number = NAN;
    else if (!json_is_number(value) || number < field->min - ROUNDING || number > field->max + ROUNDING)
        return refuse(r, field->key, value, field->allowed);
    *field_of(field, fit) = (float)number;
    return 0;
}

static int read_axis(struct reading *r, const json_t *object, struct site_fit *fit)
{
    const json_t *value = json_object_get(object, "axis");
    const char *name = json_string_value(value);
    for (int i = 0; name && i < N_CALIBRATION_AXES; i++)
        if (strcmp(name, axis_names[i]) == 0) {
            fit->axis = i;
            return 0;
        }
    return refuse(r, "axis", value, "mount, gait, bows");
}

static int read_fit(struct reading *r, const json_t *object, struct site_fit *fit, bool *tall)
{
    static const char quaternion[] = "four numbers, a unit quaternion", rotation[] = "nine numbers, a rotation";
    static const char *const own[] = {
        "q_sensor_from_segment", "mount",      "axis",           "tilt_deg",      "sway_deg",
        "axis_turn_deg",         "axis_share", "tall_pitch_deg", "tall_roll_deg", NULL};
    int rc = check_keys(r, object, own, NULL);
    if (rc == 0)
        rc = read_reals(r, object, "q_sensor_from_segment", fit->q_sensor_from_segment, 4, quaternion);
    if (rc == 0 && !is_unit(fit->q_sensor_from_segment))
        rc = refuse(r, "q_sensor_from_segment", json_object_get(object, "q_sensor_from_segment"), quaternion);
    if (rc == 0)
        rc = read_reals(r, object, "mount", fit->mount, 9, rotation);
    if (rc == 0 && !is_rotation(fit->mount))
        rc = refuse(r, "mount", json_object_get(object, "mount"), rotation);
    if (rc == 0)
        rc = read_axis(r, object, fit);
    for (size_t i = 0; rc == 0 && i < N_FIELDS; i++)
        rc = read_field(r, object, &fields[i], fit);
    if (rc == 0 && isnan(fit->tall_pitch_deg) != isnan(fit->tall_roll_deg))
        rc = refuse(r, "tall_roll_deg", json_object_get(object, "tall_roll_deg"),
                    "a number beside a number, null beside null, as in tall_pitch_deg");
    *tall = !isnan(fit->tall_pitch_deg);
    return rc;
}

static int read_sites(struct reading *r, const json_t *sites, struct calibration *calibration)
{
    const char *name;
    json_t *object;
    if (!json_is_object(sites) || (r->besides && json_object_size(sites) == 0))
        return refuse(r, "sites", sites, "an object with one site or more");
    json_object_foreach((json_t *)sites, name, object)
    {
        int s = site_from_name(name);
        snprintf(r->path, sizeof r->path, "sites.");
        if (s < 0 && !r->besides)
            continue;
        if (s < 0) {
            snprintf(r->error, r->error_size, "key 'sites.%.40s': no site of this name", name);
            return -EINVAL;
        }
        if (!json_is_object(object))
            return refuse(r, name, object, "an object");
        snprintf(r->path, sizeof r->path, "sites.%s.", site_names[s]);
        bool tall;
        int rc = read_fit(r, object, &calibration->site[s], &tall);
        if (rc != 0)
            return rc;
        calibration->sites |= SITE_BIT(s);
        calibration->tall |= tall ? SITE_BIT(s) : 0;
    }
    return 0;
}

static int read_utc(struct reading *r, const json_t *object, const char *key, int64_t *utc_ns)
{
    const json_t *value = json_object_get(object, key);
    *utc_ns = UTC_UNKNOWN_NS;
    if (json_is_null(value) || (json_is_string(value) && utc_text_parse(json_string_value(value), utc_ns)))
        return 0;
    return refuse(r, key, value, "a time like 2026-11-21T11:04:31.123Z, or null");
}

int calibration_read(struct calibration *calibration, const json_t *object, const char *const *besides, char *error,
                     size_t error_size)
{
    static const char *const own[] = {"version", "taken", "tall_taken", "sites", NULL};
    struct reading r = {.besides = besides, .error = error, .error_size = error_size};
    struct calibration read = {0};
    if (!json_is_object(object)) {
        snprintf(error, error_size, "no JSON object");
        return -EINVAL;
    }
    const json_t *version = json_object_get(object, "version");
    if (!json_is_integer(version) || json_integer_value(version) != CALIBRATION_VERSION)
        return refuse(&r, "version", version, "1");
    int rc = check_keys(&r, object, own, besides);
    if (rc == 0)
        rc = read_utc(&r, object, "taken", &read.taken_utc_ns);
    if (rc == 0)
        rc = read_utc(&r, object, "tall_taken", &read.tall_utc_ns);
    if (rc == 0)
        rc = read_sites(&r, json_object_get(object, "sites"), &read);
    if (rc == 0)
        *calibration = read;
    return rc;
}

static bool same_double(const double *a, const double *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static bool same_fit(const struct site_fit *a, const struct site_fit *b)
{
    // Field by field: padding between them is nobody's.
    if (!same_double(a->q_sensor_from_segment, b->q_sensor_from_segment, 4) || !same_double(a->mount, b->mount, 9) ||
        a->axis != b->axis)
        return false;
    for (size_t i = 0; i < N_FIELDS; i++) {
        float x, y;
        memcpy(&x, (const char *)a + fields[i].offset, sizeof x);
        memcpy(&y, (const char *)b + fields[i].offset, sizeof y);
        if (memcmp(&x, &y, sizeof x) != 0 && !(isnan(x) && isnan(y)))
            return false;
    }
    return true;
}

bool calibration_is_part(const struct calibration *part, const struct calibration *whole)
{
    if (part->sites & ~whole->sites || part->tall & ~whole->tall || part->taken_utc_ns != whole->taken_utc_ns ||
        part->tall_utc_ns != whole->tall_utc_ns)
        return false;
    for (int s = 0; s < N_SITES; s++)
        if (part->sites & SITE_BIT(s) && !same_fit(&part->site[s], &whole->site[s]))
            return false;
    return true;
}
