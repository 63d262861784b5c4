// SPDX-License-Identifier: GPL-3.0-or-later
// From result struct to JSON object by the stream tables. jansson's setters take NULL as an error and leave the key
// out, so an object made without memory fails its schema rather than lie.
#include "core/clock.h"
#include "publish/json_value.h"
#include "publish/special.h"
#include "publish/streams.h"

static json_t *name_value(const struct stream_key *key, int index)
{
    for (int i = 0; key->names[i]; i++)
        if (i == index)
            return json_string(key->names[i]);
    return json_null();
}

static json_t *object_value(const struct stream_key *keys, const void *base, const struct stream_host *host)
{
    json_t *object = json_object();
    stream_add_keys(object, keys, base, host);
    return object;
}

static json_t *host_value(const struct stream_key *key, const struct stream_host *host)
{
    const unsigned char *part = host ? (const unsigned char *)host + key->offset : NULL;
    return part && *(const bool *)part ? object_value(key->nested, part, host) : json_null();
}

static json_t *value_of(const struct stream_key *key, const void *base, const struct stream_host *host)
{
    const void *at = (const unsigned char *)base + key->offset;
    switch (key->kind) {
    case KEY_NUMBER:
        return value_number((double)*(const float *)at, key->decimals);
    case KEY_COUNT:
        return json_integer(*(const uint32_t *)at);
    case KEY_COUNT64:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case KEY_FLAG:
        return json_boolean(*(const bool *)at);
    case KEY_TRISTATE:
        return *(const int *)at < 0 ? json_null() : json_boolean(*(const int *)at);
    case KEY_NAME:
        return name_value(key, *(const int *)at);
    case KEY_TEXT:
        return value_text(at);
    case KEY_OBJECT:
        return object_value(key->nested, at, host);
    case KEY_HOST:
        return host_value(key, host);
    case KEY_SITES:
    case KEY_SPECIAL:
        return key->special->value(base);
    }
    return NULL;
}

void stream_add_keys(json_t *object, const struct stream_key *keys, const void *base, const struct stream_host *host)
{
    for (const struct stream_key *key = keys; key->key; key++)
        json_object_set_new_nocheck(object, key->key, value_of(key, base, host));
}

// In the order of stream_common_keys; a test compares.
static void add_common(json_t *object, const struct stream_encoder *e, const struct output *output)
{
    char utc[CLOCK_UTC_TEXT] = "";
    if (output->utc_ns != UTC_UNKNOWN_NS)
        clock_format_utc(output->utc_ns, utc);
    json_object_set_new(object, "v", json_integer(WIRE_VERSION));
    json_object_set_new(object, "rig", value_string(e->rig));
    json_object_set_new(object, "stream", json_string(stream_tables[output->stream].name));
    json_object_set_new(object, "boot", json_string(e->boot));
    json_object_set_new(object, "session", value_text(output->session));
    json_object_set_new(object, "seq", json_integer((json_int_t)e->seq[output->stream]));
    json_object_set_new(object, "t_s", value_number((double)output->t_ns / 1e9, 6));
    json_object_set_new(object, "utc", value_text(utc));
}

const void *stream_result(const struct stream_encoder *e, const struct output *output)
{
    switch (output->stream) {
    case STREAM_POSTURE:
        return &output->posture;
    case STREAM_ORIENTATION:
        return &output->orientation;
    case STREAM_CADENCE:
        return &output->cadence;
    case STREAM_BREATHING:
        return &output->breathing;
    case STREAM_INSPIRATION:
        return &output->inspiration;
    case STREAM_STATUS:
        return &output->status;
    case STREAM_CALIBRATION:
        return &output->calibration;
    case STREAM_META:
        return e->meta;
    case STREAM_CONTACT:
        return &output->contact;
    case STREAM_STEP:
        return &output->step;
    case STREAM_GAIT:
        return &output->gait;
    case STREAM_ARMS:
        return &output->arms;
    case STREAM_PACK:
        return &output->pack;
    case STREAM_FINDING:
        return &output->finding;
    case STREAM_SESSION:
        return &output->session_now;
    case STREAM_ASSESSMENT:
        return &output->assessment;
    case STREAM_REPETITION:
        return &output->repetition;
    case N_STREAMS:
        break;
    }
    return NULL;
}

json_t *stream_encode(struct stream_encoder *e, const struct output *output)
{
    const void *result = stream_result(e, output);
    json_t *object = result ? json_object() : NULL;
    if (!object)
        return NULL;
    e->seq[output->stream]++;
    add_common(object, e, output);
    stream_add_keys(object, stream_tables[output->stream].keys, result, e->host);
    return object;
}

char *stream_text(const json_t *object)
{
    return json_dumps(object, JSON_LINE_FLAGS);
}
