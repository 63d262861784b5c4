// SPDX-License-Identifier: GPL-3.0-or-later
// The published streams as tables: one row per key with unit, decimals and a sentence. The tables drive the JSON, the
// JSON Schemas in config/schema/, `meta` and docs/streams.md, so none of these can disagree.
#ifndef POISE_PUBLISH_STREAMS_H
#define POISE_PUBLISH_STREAMS_H

#include "core/rt_figures.h"
#include "frames/output.h"
#include "frames/recording.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum stream_kind {
    KEY_NUMBER,   // float; NaN is null
    KEY_COUNT,    // uint32_t
    KEY_COUNT64,  // uint64_t
    KEY_FLAG,     // bool
    KEY_TRISTATE, // int: 0, 1, or negative for null
    KEY_NAME,     // int, index into names; negative for null
    KEY_TEXT,     // char[]; "" is null
    KEY_OBJECT,   // nested rows
    KEY_HOST,     // nested rows of a part of struct stream_host that begins with bool known; null when not known
    KEY_SITES,    // an object by site of nested rows; brings its own value
    KEY_SPECIAL,  // brings its own value and schema
};

struct wire_line;
struct stream_special {
    json_t *(*value)(const void *result);
    json_t *(*schema)(void);                                   // NULL with KEY_SITES: the rows tell it
    void (*write)(struct wire_line *line, const void *result); // the same bytes as value, quicker; may be NULL
};

struct stream_key {
    const char *key;
    enum stream_kind kind;
    size_t offset; // in the result struct, or in the parent's element
    const char *unit;
    int decimals;
    const char *const *names;        // KEY_NAME
    const struct stream_key *nested; // KEY_OBJECT, KEY_HOST, KEY_SITES; may be with KEY_SPECIAL; ends with key NULL
    const struct stream_special *special;
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

// What the machine adds to `status`; absent in replay, so that replays do not differ.
struct stream_host {
    struct stream_latency {
        bool known;
        float p50, p99, max;
        float worst; // since the start
    } latency_ms;
    struct stream_overruns {
        bool known;
        uint64_t posture_late, frames_dropped, outputs_dropped, samples_dropped;
        uint64_t events_unrecorded, metrics_unrecorded;
    } overruns;
    struct stream_rt {
        bool known;
        int policy; // 0 other, 1 fifo
        bool mlock;
        char cpus[64];
        uint64_t page_faults;
        struct stream_wakeup {
            struct stream_spread {
                uint64_t count[RT_EDGES + 1];
                float worst; // NaN: none yet
                int site;    // negative: none
            } tick, block, sample;
        } wakeup_us;
    } rt;
    struct stream_recording {
        bool known;
        bool writing;
        char path[RECORDING_PATH], error[128];
        uint32_t part;
        uint64_t bytes, lost_events, lost_metrics;
    } recording;
    struct stream_machine {
        bool known;
        float cpu_pct, memory_mb, load_1min, temperature_c;
    } host;
};

// What `meta` says.
struct stream_meta {
    char version_poise[32], version_zmq[32], version_czmq[32], version_jansson[32];
    char endpoint_ipc[160], endpoint_tcp[160], endpoint_control[160], endpoint_frames[160];
    char config_digest[41];
    uint32_t configured; // SITE_BIT
    float lean_weight[N_SITES];
    json_t *catalogue; // stream_catalogue(), shared
};

// Turns outputs into objects; holds the sequence numbers. One thread.
struct stream_encoder {
    char rig[64];
    char boot[37]; // UUID text
    uint64_t seq[N_STREAMS];
    const struct stream_host *host; // NULL in replay
    const struct stream_meta *meta; // NULL in replay, where no `meta` is sent
};

// A new object, common keys first, seq raised; numbers rounded to their decimals, what is not finite is null. NULL
// without memory. The caller owns it.
json_t *stream_encode(struct stream_encoder *encoder, const struct output *output);

// The same as a line of a file, byte for byte what stream_text() gives. 0 or -EIO.
__attribute__((warn_unused_result)) int stream_emit(struct stream_encoder *encoder, const struct output *output,
                                                    FILE *to);

// The object as one line without newline. malloc'd, or NULL.
char *stream_text(const json_t *object);

json_t *stream_schema(enum stream stream); // JSON Schema (draft 2020-12)
json_t *stream_catalogue(void);            // for `meta`: streams with keys and units

#endif
