// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/special.h"

#include <string.h>

#define QUATERNION_DECIMALS 5 // 0.0006 degrees

// {site: [w, x, y, z]}; a site outside `known` is null.
static void write_quaternions(struct json_text *to, uint32_t shown, uint32_t known, const float q[N_SITES][4])
{
    text_open(to, '{');
    for (int s = 0; s < N_SITES; s++) {
        if (!(shown & SITE_BIT(s)))
            continue;
        text_key(to, site_names[s]);
        if (!(known & SITE_BIT(s))) {
            text_null(to);
            continue;
        }
        text_open(to, '[');
        for (int i = 0; i < 4; i++) {
            text_element(to);
            text_number(to, (double)q[s][i], QUATERNION_DECIMALS);
        }
        text_close(to, ']');
    }
    text_close(to, '}');
}

static void write_sensors(struct json_text *to, const void *result)
{
    const struct orientation_result *r = result;
    write_quaternions(to, r->has_sensor, r->has_sensor, r->q_world_from_sensor);
}

static void write_segments(struct json_text *to, const void *result)
{
    const struct orientation_result *r = result;
    write_quaternions(to, r->has_sensor | r->has_segment, r->has_segment, r->q_world_from_segment);
}

static void write_site_objects(struct json_text *to, const void *result)
{
    const struct status_result *r = result;
    text_open(to, '{');
    for (int s = 0; s < N_SITES; s++) {
        if (!(r->configured & SITE_BIT(s)))
            continue;
        text_key(to, site_names[s]);
        text_open(to, '{');
        stream_write_keys(to, stream_site_status_keys, &r->site[s], NULL);
        text_close(to, '}');
    }
    text_close(to, '}');
}

static void write_catalogue(struct json_text *to, const void *result)
{
    const struct stream_meta *meta = result;
    text_raw(to, meta->catalogue, strlen(meta->catalogue));
}

static void write_site_list(struct json_text *to, const void *result)
{
    const struct stream_meta *meta = result;
    text_open(to, '[');
    for (int s = 0; s < N_SITES; s++) {
        if (!(meta->configured & SITE_BIT(s)))
            continue;
        text_element(to);
        text_string(to, site_names[s]);
    }
    text_close(to, ']');
}

static void write_stated_errors(struct json_text *to, const void *result)
{
    (void)result;
    text_raw(to, "{}", 2);
}

static json_t *site_name_schema(void)
{
    json_t *names = json_array();
    for (int s = 0; s < N_SITES; s++)
        json_array_append_new(names, json_string(site_names[s]));
    return json_pack("{s:o}", "enum", names);
}

// An object whose keys are sites.
static json_t *site_map_schema(json_t *element)
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
    return site_map_schema(quaternion_schema(false));
}

static json_t *segment_schema(void)
{
    return site_map_schema(quaternion_schema(true));
}

static json_t *site_object_schema(void)
{
    return site_map_schema(stream_object_schema(stream_site_status_keys));
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

static json_t *stated_errors_schema(void)
{
    return json_pack("{s:s}", "type", "object");
}

const struct stream_special stream_sensor_quaternions = {write_sensors, sensor_schema};
const struct stream_special stream_segment_quaternions = {write_segments, segment_schema};
const struct stream_special stream_site_objects = {write_site_objects, site_object_schema};
const struct stream_special stream_catalogue_text = {write_catalogue, catalogue_schema};
const struct stream_special stream_site_list = {write_site_list, site_list_schema};
const struct stream_special stream_stated_errors = {write_stated_errors, stated_errors_schema};
