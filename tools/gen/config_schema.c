// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration as a JSON Schema, for editors and for other programs that write configurations.
#include "config.h"
#include "gen.h"

#include <math.h>
#include <string.h>

static json_t *real_or_null(double value)
{
    return isnan(value) ? json_null() : value == trunc(value) ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *default_of(const struct setting *row)
{
    switch (row->type) {
    case SETTING_BOOL:
        return json_boolean(row->def != 0);
    case SETTING_INT:
        return json_integer((json_int_t)row->def);
    case SETTING_REAL:
        return real_or_null(row->def);
    case SETTING_TEXT:
        return row->def_text && *row->def_text ? json_string(row->def_text)
               : row->nullable                 ? json_null()
                                               : json_string("");
    case SETTING_CHOICE:
        return json_string(row->choices[(int)row->def]);
    case SETTING_REALS:
        break;
    }
    if (!row->def_reals)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < row->size; i++)
        json_array_append_new(list, real_or_null(row->def_reals[i]));
    return list;
}

static void set_type(json_t *schema, const char *type, bool nullable)
{
    json_object_set_new(schema, "type", nullable ? json_pack("[ss]", type, "null") : json_string(type));
}

static void set_range(json_t *schema, const struct setting *row)
{
    json_object_set_new(schema, "minimum", real_or_null(row->min));
    json_object_set_new(schema, "maximum", real_or_null(row->max));
}

static void set_kind(json_t *schema, const struct setting *row)
{
    json_t *items;
    switch (row->type) {
    case SETTING_BOOL:
        set_type(schema, "boolean", false);
        return;
    case SETTING_INT:
    case SETTING_REAL:
        set_type(schema, row->type == SETTING_INT ? "integer" : "number", row->nullable);
        set_range(schema, row);
        return;
    case SETTING_TEXT:
        // A plain number or flag is taken as its text, so `rig: 7` is right.
        json_object_set_new(schema, "type",
                            row->nullable ? json_pack("[ssss]", "string", "number", "boolean", "null")
                                          : json_pack("[sss]", "string", "number", "boolean"));
        json_object_set_new(schema, "maxLength", json_integer((json_int_t)row->size - 1));
        if (row->min >= 1)
            json_object_set_new(schema, "minLength", json_integer((json_int_t)row->min));
        return;
    case SETTING_CHOICE:
        items = json_array();
        for (int i = 0; row->choices[i]; i++)
            json_array_append_new(items, json_string(row->choices[i]));
        json_object_set_new(schema, "enum", items);
        return;
    case SETTING_REALS:
        items = json_object();
        set_type(items, "number", false);
        if (row->min < row->max)
            set_range(items, row);
        set_type(schema, "array", row->nullable);
        json_object_set_new(schema, "items", items);
        json_object_set_new(schema, "minItems", json_integer((json_int_t)row->size));
        json_object_set_new(schema, "maxItems", json_integer((json_int_t)row->size));
        return;
    }
}

static json_t *leaf_schema(const struct setting *row)
{
    json_t *schema = json_object();
    json_object_set_new(schema, "description", json_string(row->sentence ? row->sentence : ""));
    if (row->unit)
        json_object_set_new(schema, "unit", json_string(row->unit));
    set_kind(schema, row);
    json_object_set_new(schema, "default", default_of(row));
    return schema;
}

// parent[key], made empty when it is not there; borrowed.
static json_t *member(json_t *parent, const char *key)
{
    json_t *found = json_object_get(parent, key);
    if (!found) {
        found = json_object();
        json_object_set_new(parent, key, found);
    }
    return found;
}

static void make_group(json_t *schema)
{
    if (json_object_get(schema, "type"))
        return;
    set_type(schema, "object", true); // null: all its keys are left to their defaults
    json_object_set_new(schema, "additionalProperties", json_false());
}

// Where the schema of a key with this name hangs below a group: of one name, of a known key, or of any.
static json_t *place_of(json_t *group, const char *name, const struct setting_section *section)
{
    make_group(group);
    if (strcmp(name, SETTING_ANY_KEY) != 0)
        return member(member(group, "properties"), name);
    if (!section->keys) {
        if (!json_is_object(json_object_get(group, "additionalProperties")))
            json_object_set_new(group, "additionalProperties", json_object());
        return json_object_get(group, "additionalProperties");
    }
    char pattern[1024] = "^(";
    for (int i = 0; section->keys[i]; i++) {
        size_t used = strlen(pattern);
        snprintf(pattern + used, sizeof pattern - used, "%s%s", i ? "|" : "", section->keys[i]);
    }
    strncat(pattern, ")$", sizeof pattern - strlen(pattern) - 1);
    return member(member(group, "patternProperties"), pattern);
}

json_t *gen_config_schema(void)
{
    static struct setting_description rows[GEN_MAX_SETTINGS];
    int n = settings_describe(&config_schema, rows, GEN_MAX_SETTINGS);
    if (n < 0 || n > GEN_MAX_SETTINGS)
        return NULL;
    json_t *top = json_pack("{ssssss}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                            "poised.yaml", "description", "Configuration of poised; see poised.yaml(5).");
    json_object_set_new(top, "type", json_string("object"));
    json_object_set_new(top, "additionalProperties", json_false());
    json_object_set_new(top, "required", json_pack("[s]", "version"));
    for (int i = 0; i < n; i++) {
        json_t *at = top;
        char path[sizeof rows->path], *rest = path;
        memcpy(path, rows[i].path, sizeof path);
        for (char *name = strsep(&rest, "."); name; name = strsep(&rest, "."))
            at = place_of(at, name, rows[i].section);
        json_t *leaf = leaf_schema(rows[i].row);
        json_object_update(at, leaf);
        json_decref(leaf);
    }
    return top;
}
