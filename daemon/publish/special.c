// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/special.h"

#include "core/clock.h"
#include "publish/json_value.h"

// An angle taken from the scalar part by arccos loses half the digits near 0: five decimals would leave 0.26 degrees.
#define QUATERNION_DECIMALS 8

// {site: [w, x, y, z]}; a site outside `known` is null.
static json_t *quaternions(uint32_t shown, uint32_t known, const float q[N_SITES][4])
{
    json_t *object = json_object();
    for (int s = 0; s < N_SITES; s++) {
        if (!(shown & SITE_BIT(s)))
            continue;
        json_t *value = known & SITE_BIT(s) ? json_array() : json_null();
        for (int i = 0; i < 4 && known & SITE_BIT(s); i++)
            json_array_append_new(value, value_number((double)q[s][i], QUATERNION_DECIMALS));
        json_object_set_new_nocheck(object, site_names[s], value);
    }
    return object;
}

static void write_quaternions(struct wire_line *line, uint32_t shown, uint32_t known, const float q[N_SITES][4])
{
    bool first = true;
    wire_char(line, '{');
    for (int s = 0; s < N_SITES; s++) {
        if (!(shown & SITE_BIT(s)))
            continue;
        wire_key(line, site_names[s], first);
        first = false;
        if (!(known & SITE_BIT(s))) {
            wire_null(line);
            continue;
        }
        for (int i = 0; i < 4; i++) {
            wire_char(line, i == 0 ? '[' : ',');
            wire_number(line, (double)q[s][i], QUATERNION_DECIMALS);
        }
        wire_char(line, ']');
    }
    wire_char(line, '}');
}

static json_t *sensor_values(const void *result)
{
    const struct orientation_result *r = result;
    return quaternions(r->has_sensor, r->has_sensor, r->q_world_from_sensor);
}

static void write_sensor_values(struct wire_line *line, const void *result)
{
    const struct orientation_result *r = result;
    write_quaternions(line, r->has_sensor, r->has_sensor, r->q_world_from_sensor);
}

static json_t *segment_values(const void *result)
{
    const struct orientation_result *r = result;
    return quaternions(r->has_sensor | r->has_segment, r->has_segment, r->q_world_from_segment);
}

static void write_segment_values(struct wire_line *line, const void *result)
{
    const struct orientation_result *r = result;
    write_quaternions(line, r->has_sensor | r->has_segment, r->has_segment, r->q_world_from_segment);
}

static json_t *site_objects(const void *result)
{
    const struct status_result *r = result;
    json_t *object = json_object();
    for (int s = 0; s < N_SITES; s++) {
        if (!(r->configured & SITE_BIT(s)))
            continue;
        json_t *site = json_object();
        stream_add_keys(site, stream_site_status_keys, &r->site[s], NULL);
        json_object_set_new(object, site_names[s], site);
    }
    return object;
}

static void write_site_objects(struct wire_line *line, const void *result)
{
    const struct status_result *r = result;
    bool first = true;
    wire_char(line, '{');
    for (int s = 0; s < N_SITES; s++) {
        if (!(r->configured & SITE_BIT(s)))
            continue;
        wire_key(line, site_names[s], first);
        wire_char(line, '{');
        stream_write_keys(line, stream_site_status_keys, &r->site[s], NULL, true);
        wire_char(line, '}');
        first = false;
    }
    wire_char(line, '}');
}

static json_t *catalogue_value(const void *result)
{
    const struct stream_meta *meta = result;
    return json_incref(meta->catalogue);
}

static json_t *site_list(uint32_t sites)
{
    json_t *list = json_array();
    for (int s = 0; s < N_SITES; s++)
        if (sites & SITE_BIT(s))
            json_array_append_new(list, json_string(site_names[s]));
    return list;
}

static json_t *configured_list(const void *result)
{
    const struct stream_meta *meta = result;
    return site_list(meta->configured);
}

static json_t *slipped_list(const void *result)
{
    const struct posture_result *r = result;
    return site_list(r->slipped);
}

static void write_slipped_list(struct wire_line *line, const void *result)
{
    const struct posture_result *r = result;
    bool first = true;
    wire_char(line, '[');
    for (int s = 0; s < N_SITES; s++) {
        if (!(r->slipped & SITE_BIT(s)))
            continue;
        if (!first)
            wire_char(line, ',');
        wire_string(line, site_names[s]);
        first = false;
    }
    wire_char(line, ']');
}

static json_t *taken(const void *result)
{
    const struct calibration_result *r = result;
    char utc[CLOCK_UTC_TEXT] = "";
    if (r->calibrated && r->now.taken_utc_ns != UTC_UNKNOWN_NS)
        clock_format_utc(r->now.taken_utc_ns, utc);
    return value_text(utc);
}

static json_t *lean_weights(const void *result)
{
    const struct stream_meta *meta = result;
    json_t *object = json_object();
    for (int s = 0; s < N_SITES; s++)
        if (meta->lean_weight[s] > 0)
            json_object_set_new(object, site_names[s], value_number((double)meta->lean_weight[s], 2));
    return object;
}

static json_t *site_name_schema(void)
{
    json_t *names = json_array();
    for (int s = 0; s < N_SITES; s++)
        json_array_append_new(names, json_string(site_names[s]));
    return json_pack("{s:o}", "enum", names);
}

json_t *stream_site_map_schema(json_t *element)
{
    return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames", site_name_schema(), "additionalProperties",
                     element);
}

static json_t *quaternion_schema(bool nullable)
{
    json_t *item = json_pack("{s:[s, s]}", "type", "number", "null");
    json_t *schema = json_pack("{s:o, s:i, s:i}", "items", item, "minItems", 4, "maxItems", 4);
    json_object_set_new(schema, "type", nullable ? json_pack("[s, s]", "array", "null") : json_string("array"));
    return schema;
}

static json_t *sensor_schema(void)
{
    return stream_site_map_schema(quaternion_schema(false));
}

static json_t *segment_schema(void)
{
    return stream_site_map_schema(quaternion_schema(true));
}

static json_t *catalogue_schema(void)
{
    return json_pack("{s:s, s:{s:s, s:[s, s]}}", "type", "object", "additionalProperties", "type", "object", "required",
                     "rate", "keys");
}

static json_t *site_list_schema(void)
{
    return json_pack("{s:s, s:o, s:b}", "type", "array", "items", site_name_schema(), "uniqueItems", 1);
}

static json_t *lean_weights_schema(void)
{
    return stream_site_map_schema(json_pack("{s:s}", "type", "number"));
}

static json_t *taken_schema(void)
{
    return json_pack("{s:[s, s], s:s}", "type", "string", "null", "pattern",
                     "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$");
}

const struct stream_special stream_sensor_quaternions = {sensor_values, sensor_schema, write_sensor_values};
const struct stream_special stream_segment_quaternions = {segment_values, segment_schema, write_segment_values};
const struct stream_special stream_site_objects = {site_objects, NULL, write_site_objects};
const struct stream_special stream_slipped_list = {slipped_list, site_list_schema, write_slipped_list};
const struct stream_special stream_taken = {taken, taken_schema, NULL};
const struct stream_special stream_catalogue_text = {catalogue_value, catalogue_schema, NULL};
const struct stream_special stream_lean_weights = {lean_weights, lean_weights_schema, NULL};
const struct stream_special stream_site_list = {configured_list, site_list_schema, NULL};
