// SPDX-License-Identifier: GPL-3.0-or-later
// docs/streams.md: every published stream and key.
#include "gen.h"

#include "publish/streams.h"

#include <errno.h>
#include <string.h>

// What its schema says; of several types the first, as the other is null.
static void print_special(const struct stream_key *key, FILE *to)
{
    json_t *schema = key->special->schema(), *type = json_object_get(schema, "type");
    const char *name = json_string_value(json_is_array(type) ? json_array_get(type, 0) : type);
    if (name && strcmp(name, "array") == 0)
        name = "list";
    else if (name && strcmp(name, "string") == 0)
        name = "text";
    fputs(name ? name : "", to);
    json_decref(schema);
}

static void print_type(const struct stream_key *key, FILE *to)
{
    switch (key->kind) {
    case KEY_NUMBER:
        fputs("number", to);
        return;
    case KEY_COUNT:
    case KEY_COUNT64:
        fputs("count", to);
        return;
    case KEY_FLAG:
    case KEY_TRISTATE:
        fputs("true, false", to);
        return;
    case KEY_NAME:
        for (int i = 0; key->names[i]; i++)
            fprintf(to, "%s\"%s\"", i ? ", " : "", key->names[i]);
        return;
    case KEY_TEXT:
        fputs("text", to);
        return;
    case KEY_OBJECT:
    case KEY_HOST:
    case KEY_SITES:
        fputs("object", to);
        return;
    case KEY_SPECIAL:
        print_special(key, to);
        return;
    }
}

static void print_keys(const struct stream_key *keys, const char *prefix, FILE *to)
{
    for (const struct stream_key *key = keys; key->key; key++) {
        fprintf(to, "| `%s%s` | ", prefix, key->key);
        print_type(key, to);
        fprintf(to, " | %s | ", key->unit ? key->unit : "");
        if (key->kind == KEY_NUMBER)
            fprintf(to, "%d", key->decimals);
        fprintf(to, " | %s |\n", key->sentence ? key->sentence : "");
        if (key->nested) {
            char below[160];
            snprintf(below, sizeof below, "%s%s.%s", prefix, key->key, key->kind == KEY_SITES ? "SITE." : "");
            print_keys(key->nested, below, to);
        }
    }
}

static void print_table(const struct stream_key *keys, FILE *to)
{
    fputs("| key | type | unit | decimals | meaning |\n|---|---|---|---|---|\n", to);
    print_keys(keys, "", to);
}

int gen_streams_page(FILE *to)
{
    fputs(
        "<!-- Written by poise-gen from the stream tables; run tools/gen/update instead of editing. -->\n"
        "# Streams\n\n"
        "Every message has two ZeroMQ frames: the topic `<rig>/<stream>`, then one JSON object. What is not known is\n"
        "`null`. JSON Schemas of the objects are in [config/schema](../config/schema). Readers ignore keys they do "
        "not\n"
        "know. The samples themselves, at 1 kHz, are on an endpoint of their own: [wire.md](wire.md).\n\n## Common "
        "keys\n\n",
        to);
    print_table(stream_common_keys, to);
    for (int i = 0; i < N_STREAMS; i++) {
        const struct stream_table *table = &stream_tables[i];
        fprintf(to, "\n## %s\n\n%s %s\n\n", table->name, table->sentence, table->rate);
        print_table(table->keys, to);
    }
    return ferror(to) ? -EIO : 0;
}
