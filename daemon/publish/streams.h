// SPDX-License-Identifier: GPL-3.0-or-later
// The published streams as tables: one row per key with unit, decimals and a sentence. The tables drive the JSON, the
// JSON Schemas in config/schema/, `meta` and docs/streams.md, so none of these can disagree.
#ifndef POISE_PUBLISH_STREAMS_H
#define POISE_PUBLISH_STREAMS_H

#include "frames/output.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stream_kind {
    KEY_NUMBER,  // float; NaN is null
    KEY_COUNT,   // uint32_t
    KEY_COUNT64, // uint64_t
    KEY_FLAG,    // bool
    KEY_TRISTATE, // int: 0, 1, or negative for null
    KEY_NAME,    // int, index into names; negative for null
    KEY_TEXT,    // char[]; "" is null
    KEY_OBJECT,  // nested rows
    KEY_HOST,    // not from the pipeline: the publisher fills it; null in replay (latency_ms, rt, host, recording)
    KEY_SPECIAL, // built by code in streams.c (orientation's maps)
};

struct stream_key {
    const char *key;
    enum stream_kind kind;
    size_t offset; // in the result struct, or in the parent's element
    const char *unit;
    int decimals;
    const char *const *names;        // KEY_NAME
    const struct stream_key *nested; // KEY_OBJECT; ends with key NULL
    const char *sentence;
};

struct stream_table {
    const char *name; // topic is "<rig>/<name>"
    const char *rate; // "20 Hz"
    const char *sentence;
    const struct stream_key *keys; // ends with key NULL; the common keys are not repeated
};
extern const struct stream_table stream_tables[N_STREAMS];
extern const struct stream_key stream_common_keys[];

// Turns outputs into objects; holds the sequence numbers. One thread.
struct stream_encoder {
    char rig[64];
    char boot[37];    // UUID text
    char session[37]; // "" is null
    uint64_t seq[N_STREAMS];
};

// A new object with the common keys first (seq already raised), or NULL without memory. The caller owns it.
json_t *stream_encode(struct stream_encoder *encoder, const struct output *output);

// The object as one line without newline, numbers rounded to their decimals. malloc'd, or NULL.
char *stream_text(const json_t *object);

json_t *stream_schema(enum stream stream); // JSON Schema (draft 2020-12)
json_t *stream_catalogue(void);            // for `meta`: streams with keys and units

#endif
