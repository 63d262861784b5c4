// SPDX-License-Identifier: GPL-3.0-or-later
// JSON Schemas (draft 2020-12) from the stream tables. Other keys are allowed: readers ignore what they do not know.
// jansson's setters accept NULL as an error, so a schema made without memory ends as NULL or lacks a key; both only
// matter to tools/gen, which checks.
#include "publish/special.h"
#include "publish/streams.h"

#include <string.h>

static json_t *one_of_type(const char *type, bool nullable)
{
    return nullable ? json_pack("{s:[s, s]}", "type", type, "null") : json_pack("{s:s}", "type", type);
}

static json_t *count_schema(void)
{
    return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
}

static json_t *name_schema(const char *const *names)
{
    json_t *values = json_array();
    for (; *names; names++)
        json_array_append_new(values, json_string(*names));
    json_array_append_new(values, json_null());
    return json_pack("{s:o}", "enum", values);
}

static json_t *value_schema(const struct stream_key *key)
{
    switch (key->kind) {
    case KEY_NUMBER:
        return one_of_type("number", true);
    case KEY_COUNT:
    case KEY_COUNT64:
        return count_schema();
    case KEY_FLAG:
        return one_of_type("boolean", false);
    case KEY_TRISTATE:
        return one_of_type("boolean", true);
    case KEY_NAME:
        return name_schema(key->names);
    case KEY_TEXT:
        return one_of_type("string", true);
    case KEY_OBJECT:
        return stream_object_schema(key->nested);
    case KEY_HOST:
        return stream_optional_schema(key->nested);
    case KEY_SITES:
        return stream_site_map_schema(stream_object_schema(key->nested));
    case KEY_SPECIAL:
        return key->special->schema();
    }
    return NULL;
}

static void describe(json_t *schema, const struct stream_key *key)
{
    const char *unit = key->unit;
    json_t *text = unit ? json_sprintf("%s (%s)", key->sentence, unit) : json_string(key->sentence);
    json_object_set_new(schema, "description", text);
}

static void add_keys(const struct stream_key *keys, json_t *properties, json_t *required)
{
    for (const struct stream_key *key = keys; key->key; key++) {
        json_t *schema = value_schema(key);
        describe(schema, key);
        json_object_set_new(properties, key->key, schema);
        json_array_append_new(required, json_string(key->key));
    }
}

json_t *stream_object_schema(const struct stream_key *keys)
{
    json_t *properties = json_object(), *required = json_array();
    add_keys(keys, properties, required);
    return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required", required);
}

json_t *stream_optional_schema(const struct stream_key *keys)
{
    json_t *schema = stream_object_schema(keys);
    json_object_set_new(schema, "type", json_pack("[s, s]", "object", "null"));
    return schema;
}

// Tighter than their rows' types: most common keys are never null.
static json_t *common_properties(const char *stream)
{
    static const char uuid[] = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
    static const char utc[] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";
    return json_pack("{s:{s:i}, s:{s:s, s:s}, s:{s:s}, s:{s:s, s:s}, s:{s:[s, s], s:s}, s:{s:s, s:i}, s:{s:s}, "
                     "s:{s:[s, s], s:s}}",
                     "v", "const", 1, "rig", "type", "string", "pattern", "^[A-Za-z0-9._-]+$", "stream", "const",
                     stream, "boot", "type", "string", "pattern", uuid, "session", "type", "string", "null", "pattern",
                     uuid, "seq", "type", "integer", "minimum", 1, "t_s", "type", "number", "utc", "type", "string",
                     "null", "pattern", utc);
}

json_t *stream_schema(enum stream stream)
{
    const struct stream_table *table = &stream_tables[stream];
    json_t *properties = common_properties(table->name), *required = json_array();
    for (const struct stream_key *key = stream_common_keys; key->key; key++) {
        describe(json_object_get(properties, key->key), key);
        json_array_append_new(required, json_string(key->key));
    }
    add_keys(table->keys, properties, required);
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                     "title", table->name, "description", json_sprintf("%s %s", table->sentence, table->rate), "type",
                     "object", "properties", properties, "required", required);
}
