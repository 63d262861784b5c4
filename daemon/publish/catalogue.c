// SPDX-License-Identifier: GPL-3.0-or-later
// What `meta` tells of the streams: {stream: {rate, keys: {key: unit or null, object: {…}}}}.
#include "publish/streams.h"

static json_t *units(const struct stream_key *keys)
{
    json_t *object = json_object();
    for (const struct stream_key *key = keys; key->key; key++) {
        json_t *unit = key->nested ? units(key->nested) : key->unit ? json_string(key->unit) : json_null();
        json_object_set_new(object, key->key, unit);
    }
    return object;
}

json_t *stream_catalogue(void)
{
    json_t *catalogue = json_object();
    for (int i = 0; i < N_STREAMS; i++) {
        const struct stream_table *table = &stream_tables[i];
        json_object_set_new(catalogue, table->name,
                            json_pack("{s:s, s:o}", "rate", table->rate, "keys", units(table->keys)));
    }
    return catalogue;
}
