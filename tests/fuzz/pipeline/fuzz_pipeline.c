// SPDX-License-Identifier: GPL-3.0-or-later
// Any sensors through all the rooms: the input is a play of four bytes a scene, which opens sources that say nonsense
// of themselves, lets them stream gaits, noise, infinities and stamps that jump, and sends commands meanwhile. Whatever
// a recording may hold is allowed. The samples must balance, and what is published must be finite and encode.
#include "check.h"
#include "pipeline.h"
#include "publish/streams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_SLOTS      4
#define SLICE_NS     INT64_C(100000000)
#define SLICES_MAX   300 // of 0.1 s, in one play
#define SAMPLES_MAX  40000
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct slot {
    bool open, muted;
    struct source_desc desc;
    int64_t next_ns, period_ns;
    uint32_t k; // samples so far
};

struct play {
    struct pipeline *pipeline;
    struct stream_encoder encoder;
    struct slot slot[N_SLOTS];
    int64_t now_ns;
    int slices, samples;
    uint32_t random;
    uint64_t n_out[N_STREAMS];
};

static void check_counters(const struct sample_counters *c)
{
    check(c->in == c->used + c->dropped + c->invalid + c->held);
}

static void check_orientation(const struct orientation_result *o)
{
    for (int s = 0; s < N_SITES; s++) {
        const float *q = o->q_world_from_sensor[s];
        if (o->has_sensor & SITE_BIT(s))
            check(fabsf(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3] - 1) < 1e-3F);
    }
}

// What no body does is not published. NaN is null.
static void check_output(const struct output *o)
{
    if (o->stream == STREAM_STATUS)
        check_counters(&o->status.counters);
    else if (o->stream == STREAM_ORIENTATION)
        check_orientation(&o->orientation);
    else if (o->stream == STREAM_CADENCE)
        check(!(o->cadence.cadence_spm < 0) && !(o->cadence.cadence_spm > 400) && !(o->cadence.confidence > 1.001F));
    else if (o->stream == STREAM_BREATHING)
        check(!(o->breathing.rate_bpm < 0) && !(o->breathing.rate_bpm > 120) && !(o->breathing.confidence > 1.001F));
    else if (o->stream == STREAM_POSTURE)
        check(!(fabsf(o->posture.now.trunk_lean_deg) > 361) && !(fabsf(o->posture.now.neck_flexion_deg) > 721));
}

static void take_outputs(struct play *p)
{
    const struct output *output;
    while ((output = pipeline_pull(p->pipeline)) != NULL) {
        check((unsigned)output->stream < N_STREAMS);
        check_output(output);
        json_t *object = stream_encode(&p->encoder, output);
        check(object != NULL);
        char *text = stream_text(object);
        check(text != NULL);
        free(text);
        json_decref(object);
        p->n_out[output->stream]++;
    }
}

static void push(struct play *p, const struct log_event *event)
{
    pipeline_push(p->pipeline, event);
    take_outputs(p);
}

static void push_tick(struct play *p, bool with_utc)
{
    const int64_t utc_ns = with_utc ? INT64_C(1700000000000000000) + p->now_ns : UTC_UNKNOWN_NS;
    push(p, &(struct log_event){.kind = LOG_TICK, .tick = {log_quantise_ns(p->now_ns), utc_ns}});
}

// ---- Scenes ---------------------------------------------------------------------------------------------------------

static void open_source(struct play *p, const uint8_t scene[4])
{
    static const uint16_t masks[] = {0x3f, 0x07, 0x38, 0x03};
    static const double rates[] = {200, 25, 100, 1000, 1600, 0, -5, NAN};
    static const double scales[] = {1, 1, 0, NAN, INFINITY, 1e300, -1, 1e-300};
    static const double mounts[][9] = {{1, 0, 0, 0, 1, 0, 0, 0, 1},
                                       {0, 1, 0, -1, 0, 0, 0, 0, 1},
                                       {0},
                                       {1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1},
                                       {0, 0, 1e-300, 0, -1e-30, 0, 0, 0, -1}};
    struct slot *slot = &p->slot[scene[1] % N_SLOTS];
    struct source_desc *desc = &slot->desc;
    double rate = rates[scene[3] >> 4 & 7], scale = scales[scene[1] >> 2 & 7];
    memset(desc, 0, sizeof *desc);
    desc->site = scene[2] % N_SITES;
    desc->channel_mask = masks[scene[3] & 3];
    desc->format = (enum sample_format)(scene[3] >> 2 & 3);
    desc->bits = scene[1] >> 5 == 7 ? 12 : 0;
    desc->rate_hz = rate;
    for (int c = 0; c < N_CHANNELS; c++)
        desc->scale[c] = scale * (desc->format >= SAMPLE_FLOAT32 ? 1 : c < CH_GYRO_X ? 9.80665 / 2048 : 0.001);
    memcpy(desc->mount, mounts[scene[2] / N_SITES % COUNT(mounts)], sizeof desc->mount);
    slot->open = true;
    slot->period_ns = llround(1e9 / (rate > 0 ? rate : 50));
    slot->next_ns = p->now_ns;
    push(p, &(struct log_event){.kind = LOG_SOURCE, .source = scene[1] % N_SLOTS, .desc = desc});
}

static double noise(struct play *p)
{
    p->random = p->random * 1664525U + 1013904223U;
    return (double)(p->random >> 8) / (1 << 23) - 1;
}

static double extreme(uint32_t k)
{
    static const double values[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 5e-324, 32767, -32768, 2147483647.0, 0};
    return values[k % COUNT(values)];
}

// In counts of the integer formats: 2048 to the g, 1000 to the rad/s.
static void make_sample(struct play *p, const struct slot *slot, unsigned pattern, double size,
                        double value[N_CHANNELS])
{
    static const double cadence_hz[] = {0, 1.8, 2.8, 0.25};
    double t = (double)slot->k * (double)slot->period_ns / 1e9, phase = 2 * 3.14159265358979 * t;
    unsigned kind = pattern & 7, up = pattern >> 3 & 3;
    double swing = sin(phase * cadence_hz[kind & 3]);
    for (unsigned c = 0; c < N_CHANNELS; c++) {
        double gravity = c == (up + 2) % 3 ? (up == 3 ? -2048 : 2048) : 0;
        double v = kind == 7   ? extreme(slot->k + c)
                   : kind == 6 ? (pattern & 0x80 ? 32767 : 0)
                   : kind == 5 ? size * 300 * noise(p)
                               : gravity + size * 40 * swing * (c % 3 == 0 ? 1 : cos(phase)) + 3 * noise(p);
        if (c >= CH_GYRO_X && kind < 5)
            v -= gravity;
        value[c] =
            slot->desc.channel_mask >> c & 1U ? slot->desc.format <= SAMPLE_INT32 && kind != 7 ? round(v) : v : 0;
    }
}

static void push_block(struct play *p, int index, struct raw_block *block)
{
    block->source = (uint16_t)index;
    p->samples += block->n;
    push(p, &(struct log_event){.kind = LOG_BLOCK, .source = (uint16_t)index, .block = block});
}

// What the slot's clock has until now.
static void stream_slot(struct play *p, int index, unsigned pattern, double size)
{
    struct slot *slot = &p->slot[index];
    struct raw_block block = {.n = 0};
    if (slot->next_ns < p->now_ns - 10 * SLICE_NS || slot->next_ns > p->now_ns + 10 * SLICE_NS)
        slot->next_ns = p->now_ns - SLICE_NS;
    while (slot->next_ns < p->now_ns && p->samples < SAMPLES_MAX) {
        block.stamp_ns[block.n] = log_quantise_ns(slot->next_ns);
        make_sample(p, slot, pattern, size, block.value[block.n++]);
        slot->next_ns += slot->period_ns;
        slot->k++;
        if (block.n == 20 || slot->next_ns >= p->now_ns) {
            push_block(p, index, &block);
            block.n = 0;
        }
    }
}

static void stream(struct play *p, const uint8_t scene[4])
{
    for (int i = 0; i <= scene[1] % 50 && p->slices < SLICES_MAX; i++) {
        p->now_ns += SLICE_NS;
        p->slices++;
        for (int s = 0; s < N_SLOTS; s++)
            if (p->slot[s].open && !p->slot[s].muted)
                stream_slot(p, s, scene[2], ldexp(1, scene[3] % 16));
        push_tick(p, scene[3] & 0x80);
    }
}

// A block whose stamps no clock makes.
static void odd_block(struct play *p, const uint8_t scene[4])
{
    struct slot *slot = &p->slot[scene[1] % N_SLOTS];
    struct raw_block block = {.n = (uint16_t)(1 + scene[2] % RAW_BLOCK_MAX)};
    int64_t at = slot->next_ns, far = INT64_C(1000) << scene[3] % 40;
    if (!slot->open || p->samples >= SAMPLES_MAX)
        return;
    for (int i = 0; i < block.n; i++) {
        unsigned kind = scene[1] >> 2 & 7;
        at += kind == 0 ? 0 : kind == 1 ? -slot->period_ns : kind == 2 ? far : kind == 3 ? -far : slot->period_ns;
        at = kind == 4 && i == 0             ? at + far
             : kind == 5 && i == block.n / 2 ? at - far
             : kind == 6                     ? (i % 2 ? at : far)
                                             : at;
        at = at > STAMP_MAX_NS ? STAMP_MAX_NS : at < -STAMP_MAX_NS ? -STAMP_MAX_NS : at;
        block.stamp_ns[i] = log_quantise_ns(at);
        make_sample(p, slot, scene[2], scene[1] >> 5, block.value[i]);
        slot->k++;
    }
    push_block(p, scene[1] % N_SLOTS, &block);
}

static void jump(struct play *p, const uint8_t scene[4])
{
    static const int64_t by_ms[] = {100, 0, 1000, 10000, 3600000, -1000, 86400000, INT64_C(88000000000)};
    int64_t to = p->now_ns + by_ms[scene[1] & 7] * 1000000;
    p->now_ns = to > STAMP_MAX_NS ? STAMP_MAX_NS : to;
    push_tick(p, scene[2] & 1);
}

static void device_event(struct play *p, const uint8_t scene[4])
{
    struct device_event event = {.source = scene[1] & 0x80 ? SOURCE_NONE : scene[1] % N_SLOTS,
                                 .site = scene[2] % N_SITES,
                                 .state = (enum device_state)(scene[1] >> 2 & 3),
                                 .n_dropped = scene[3] * 1000U,
                                 .error = -(scene[3] & 7),
                                 .reason = "it is gone"};
    push(p, &(struct log_event){.kind = LOG_DEVICE, .device = &event});
}

static void command(struct play *p, const uint8_t scene[4])
{
    static const double values[] = {0, 2.8, NAN, INFINITY, -1, 1e300, 12};
    struct command command = {.kind = (enum command_kind)(scene[1] % 5),
                              .method = (enum calibrate_method)(scene[2] % N_CALIBRATE_METHODS),
                              .action = (enum exercise_action)(scene[2] % N_EXERCISE_ACTIONS),
                              .exercise = scene[3] % N_EXERCISES,
                              .value = values[scene[3] % COUNT(values)]};
    if (scene[2] & 0x80)
        memcpy(command.text, "a mark", sizeof "a mark");
    if (command.kind == COMMAND_SESSION && scene[3] & 1)
        memcpy(command.session, "7c0b6e5c-1f9e-4c43-9f55-9a2f8f3f1b11", SESSION_ID);
    push(p, &(struct log_event){.kind = LOG_COMMAND, .command = &command});
}

static void shift(struct play *p, const uint8_t scene[4])
{
    struct slot *slot = &p->slot[scene[1] % N_SLOTS];
    int64_t by = (INT64_C(1000) << scene[2] % 32) * (scene[1] & 0x80 ? -1 : 1);
    slot->next_ns += by;
    slot->muted = scene[3] & 1;
    if (scene[3] & 2) // a clock that goes wrong by up to 12 %
        slot->period_ns += slot->period_ns * ((scene[3] >> 2) - 32) / 256;
}

static void play(struct play *p, const uint8_t *data, size_t size)
{
    static void (*const scenes[])(struct play *, const uint8_t[4]) = {stream,       open_source, odd_block, jump,
                                                                      device_event, command,     shift,     stream};
    for (; size >= 4; data += 4, size -= 4)
        scenes[data[0] % COUNT(scenes)](p, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play p = {.now_ns = INT64_C(1000000000000), .random = 1};
    struct config config;
    config_defaults(&config);
    memcpy(p.encoder.rig, "lab", sizeof "lab");
    check(pipeline_create(&p.pipeline, &config) == 0);
    play(&p, data, size < 400 ? size : 400);
    pipeline_finish(p.pipeline);
    take_outputs(&p);
    for (int s = 0; s < N_STREAMS; s++)
        check(p.encoder.seq[s] == p.n_out[s]);
    pipeline_destroy(p.pipeline);
    return 0;
}
