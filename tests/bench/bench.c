// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIENTATION_EVERY 20 // frames, as in the pipeline
#define STATUS_EVERY      10 // ticks
#define STAGE             __attribute__((noinline))

const char *const stage_names[N_STAGES] = {"read",    "align",     "orient", "frames", "segment",  "gait", "observe",
                                           "posture", "breathing", "arms",   "pack",   "findings", "json"};

static int create(struct bench *b)
{
    config_defaults(&b->config);
    snprintf(b->encoder.rig, sizeof b->encoder.rig, "bench");
    snprintf(b->encoder.boot, sizeof b->encoder.boot, "00000000-0000-0000-0000-000000000000");
    b->first_ns = INT64_MIN;
    b->events = calloc(BATCH_EVENTS, sizeof *b->events);
    b->blocks = calloc(BATCH_BLOCKS, sizeof *b->blocks);
    b->motion = calloc(BATCH_BLOCKS, sizeof *b->motion);
    b->phase = calloc(BATCH_BLOCKS, sizeof *b->phase);
    b->outputs = calloc(BATCH_OUTPUTS, sizeof *b->outputs);
    b->emit = open_memstream(&b->text, &b->text_size);
    if (!b->events || !b->blocks || !b->motion || !b->phase || !b->outputs || !b->emit)
        return -ENOMEM;
    if (align_create(&b->align, &b->config.align) != 0 || orient_create(&b->orient, &b->config.orient) != 0 ||
        segment_create(&b->segment, &b->config.segment) != 0 || gait_create(&b->gait, &b->config.gait) != 0 ||
        posture_create(&b->posture, &b->config.posture) != 0 ||
        breathing_create(&b->breathing, &b->config.breathing) != 0 || arms_create(&b->arms, &b->config.arms) != 0 ||
        pack_create(&b->pack, &b->config.pack) != 0 || findings_create(&b->findings, &b->config.findings) != 0)
        return -ENOMEM;
    return 0;
}

void bench_close(struct bench *b)
{
    log_reader_close(b->reader);
    findings_destroy(b->findings);
    pack_destroy(b->pack);
    arms_destroy(b->arms);
    breathing_destroy(b->breathing);
    posture_destroy(b->posture);
    gait_destroy(b->gait);
    segment_destroy(b->segment);
    orient_destroy(b->orient);
    align_destroy(b->align);
    if (b->emit)
        fclose(b->emit);
    free(b->text);
    free(b->outputs);
    free(b->phase);
    free(b->motion);
    free(b->blocks);
    free(b->events);
}

static void keep(struct kept_event *kept, const struct log_event *event)
{
    kept->event = *event;
    if (event->kind == LOG_BLOCK) {
        const struct raw_block *from = event->block;
        kept->block.source = from->source;
        kept->block.n = from->n;
        memcpy(kept->block.stamp_ns, from->stamp_ns, from->n * sizeof *from->stamp_ns);
        memcpy(kept->block.value, from->value, from->n * sizeof *from->value);
        kept->event.block = &kept->block;
    } else if (event->kind == LOG_SOURCE) {
        kept->desc = *event->desc;
        kept->event.desc = &kept->desc;
    } else if (event->kind == LOG_DEVICE) {
        kept->device = *event->device;
        kept->event.device = &kept->device;
    }
}

int bench_open(struct bench *b, const char *path, char *error, size_t size)
{
    int rc = log_reader_open(&b->reader, path, NULL, error, size);
    if (rc != 0)
        return rc;
    rc = create(b);
    if (rc != 0)
        snprintf(error, size, "%s", strerror(-rc));
    return rc;
}

// Up to a batch of events: 1, at the end of the recording 0, or negative errno.
static STAGE int stage_read(struct bench *b)
{
    int more = 1;
    int64_t until = INT64_MIN;
    b->n_events = 0;
    while (b->n_events < BATCH_EVENTS) {
        struct log_event event;
        more = log_reader_next(b->reader, &event);
        if (more <= 0)
            break;
        keep(&b->events[b->n_events++], &event);
        if (event.kind != LOG_BLOCK)
            continue;
        b->samples += event.block->n;
        if (until == INT64_MIN)
            until = event.block->stamp_ns[0] + BATCH_NS;
        if (event.block->stamp_ns[0] > until)
            break;
    }
    return more;
}

static struct output *add_output(struct bench *b, enum stream stream, int64_t index)
{
    if (b->n_outputs == BATCH_OUTPUTS) {
        fprintf(stderr, "poise-bench: more than %d objects in a batch\n", BATCH_OUTPUTS);
        exit(EXIT_FAILURE);
    }
    struct output *o = &b->outputs[b->n_outputs++];
    memset(o, 0, sizeof *o);
    o->stream = stream;
    o->t_ns = index * FRAME_PERIOD_NS;
    o->utc_ns = UTC_UNKNOWN_NS;
    return o;
}

static void take_tick(struct bench *b, int64_t mono_ns)
{
    align_push_tick(b->align, mono_ns);
    if (b->first_ns == INT64_MIN)
        b->first_ns = mono_ns;
    b->last_ns = mono_ns;
    if (++b->ticks % STATUS_EVERY == 0)
        align_status(b->align, &add_output(b, STREAM_STATUS, mono_ns / FRAME_PERIOD_NS)->status);
}

static void push_event(struct bench *b, const struct log_event *event)
{
    if (event->kind == LOG_SOURCE)
        align_set_source(b->align, event->source, event->desc);
    else if (event->kind == LOG_BLOCK)
        align_push_block(b->align, event->block);
    else if (event->kind == LOG_TICK)
        take_tick(b, event->tick.mono_ns);
    else if (event->kind == LOG_DEVICE)
        align_push_device(b->align, event->device);
}

static void pull_blocks(struct bench *b)
{
    while (b->n_blocks < BATCH_BLOCKS && align_pull(b->align, &b->blocks[b->n_blocks]))
        b->n_blocks++;
}

static STAGE void stage_align(struct bench *b)
{
    for (int i = 0; i < b->n_events; i++) {
        push_event(b, &b->events[i].event);
        pull_blocks(b);
    }
    if (b->last) {
        align_finish(b->align);
        pull_blocks(b);
    }
}

static void add_orientation(struct bench *b, int k)
{
    const int last = FRAME_BLOCK_LEN - 1;
    struct orientation_result *r = &add_output(b, STREAM_ORIENTATION, b->motion[k].index)->orientation;
    for (int s = 0; s < N_SITES; s++) {
        if (!(b->motion[k].valid & SITE_BIT(s)))
            continue;
        r->has_sensor |= SITE_BIT(s);
        r->has_segment |= SITE_BIT(s);
        memcpy(r->q_world_from_sensor[s], b->blocks[k].site[s].q_world_from_sensor[last], 4 * sizeof(float));
        memcpy(r->q_world_from_segment[s], b->motion[k].q_world_from_segment[s], 4 * sizeof(float));
    }
}

static STAGE void stage_orient(struct bench *b)
{
    for (int k = 0; k < b->n_blocks; k++)
        orient_step(b->orient, &b->blocks[k]);
}

// Only while somebody subscribes to the frames; into one place, as a warm ring is.
static STAGE void stage_frames(struct bench *b)
{
    for (int k = 0; k < b->n_blocks; k++)
        b->packed_bytes += imu_wire_encode(b->packed, &b->blocks[k], &(struct imu_wire_stamp){.seq = (uint64_t)k});
    b->n_packed += (uint64_t)b->n_blocks;
}

static STAGE void stage_segment(struct bench *b)
{
    for (int k = 0; k < b->n_blocks; k++) {
        segment_step(b->segment, &b->blocks[k], &b->motion[k]);
        if ((b->motion[k].index + 1) % ORIENTATION_EVERY == 0)
            add_orientation(b, k);
    }
}

static STAGE void stage_gait(struct bench *b)
{
    struct cadence_result cadence;
    struct contact_result contact;
    struct step_result step;
    struct gait_result summary;
    double frame;
    int64_t index;
    for (int k = 0; k < b->n_blocks; k++) {
        gait_step(b->gait, &b->motion[k], &b->phase[k]);
        if (gait_pull(b->gait, &cadence, &index))
            add_output(b, STREAM_CADENCE, index)->cadence = cadence;
        while (gait_pull_contact(b->gait, &contact, &frame))
            add_output(b, STREAM_CONTACT, (int64_t)frame)->contact = contact;
        while (gait_pull_step(b->gait, &step, &frame))
            add_output(b, STREAM_STEP, (int64_t)frame)->step = step;
        if (gait_pull_summary(b->gait, &summary, &index))
            add_output(b, STREAM_GAIT, index)->gait = summary;
    }
}

static STAGE void stage_observe(struct bench *b)
{
    struct calibration_result calibration;
    int64_t index;
    for (int k = 0; k < b->n_blocks; k++) {
        segment_observe(b->segment, &b->motion[k], &b->phase[k]);
        (void)segment_pull(b->segment, &calibration, &index);
    }
}

static STAGE void stage_posture(struct bench *b)
{
    struct posture_result posture;
    int64_t index;
    for (int k = 0; k < b->n_blocks; k++) {
        posture_step(b->posture, &b->motion[k], &b->phase[k]);
        if (posture_pull(b->posture, &posture, &index))
            add_output(b, STREAM_POSTURE, index)->posture = posture;
    }
}

static STAGE void stage_breathing(struct bench *b)
{
    struct breathing_result breathing;
    struct inspiration_result inspiration;
    int64_t index;
    for (int k = 0; k < b->n_blocks; k++) {
        breathing_step(b->breathing, &b->motion[k], &b->phase[k]);
        if (breathing_pull(b->breathing, &breathing, &index))
            add_output(b, STREAM_BREATHING, index)->breathing = breathing;
        while (breathing_pull_inspiration(b->breathing, &inspiration, &index))
            add_output(b, STREAM_INSPIRATION, index)->inspiration = inspiration;
    }
}

static STAGE void stage_arms(struct bench *b)
{
    struct arms_result arms;
    int64_t index;
    for (int k = 0; k < b->n_blocks; k++) {
        arms_step(b->arms, &b->motion[k], &b->phase[k]);
        if (arms_pull(b->arms, &arms, &index))
            add_output(b, STREAM_ARMS, index)->arms = arms;
    }
}

static STAGE void stage_pack(struct bench *b)
{
    struct pack_result pack;
    int64_t index;
    for (int k = 0; k < b->n_blocks; k++) {
        pack_step(b->pack, &b->motion[k], &b->phase[k]);
        if (pack_pull(b->pack, &pack, &index))
            add_output(b, STREAM_PACK, index)->pack = pack;
    }
}

static STAGE void stage_findings(struct bench *b)
{
    struct finding_result finding;
    struct session_result session;
    int64_t index;
    int told = b->n_outputs;
    for (int i = 0; i < told; i++)
        findings_take(b->findings, &b->outputs[i]);
    for (int k = 0; k < b->n_blocks; k++) {
        findings_step(b->findings, b->motion[k].index);
        if (findings_pull_session(b->findings, &session, &index))
            add_output(b, STREAM_SESSION, index)->session_now = session;
        while (findings_pull(b->findings, &finding, &index))
            add_output(b, STREAM_FINDING, index)->finding = finding;
    }
}

static STAGE void stage_json(struct bench *b)
{
    rewind(b->emit);
    for (int i = 0; i < b->n_outputs; i++)
        if (stream_emit(&b->encoder, &b->outputs[i], b->emit) == 0)
            b->objects++;
    b->bytes += (uint64_t)ftello(b->emit);
}

static void (*const stages[N_STAGES])(struct bench *) = {
    [STAGE_ALIGN] = stage_align,     [STAGE_ORIENT] = stage_orient,       [STAGE_FRAMES] = stage_frames,
    [STAGE_SEGMENT] = stage_segment, [STAGE_GAIT] = stage_gait,           [STAGE_OBSERVE] = stage_observe,
    [STAGE_POSTURE] = stage_posture, [STAGE_BREATHING] = stage_breathing, [STAGE_ARMS] = stage_arms,
    [STAGE_PACK] = stage_pack,       [STAGE_FINDINGS] = stage_findings,   [STAGE_JSON] = stage_json,
};

int bench_step(struct bench *b)
{
    b->n_outputs = b->n_blocks = 0;
    meter_start(&b->meter[STAGE_READ]);
    int more = stage_read(b);
    meter_stop(&b->meter[STAGE_READ]);
    if (more < 0)
        return more;
    b->last = more == 0;
    for (int i = STAGE_READ + 1; i < N_STAGES; i++) {
        meter_start(&b->meter[i]);
        stages[i](b);
        meter_stop(&b->meter[i]);
    }
    b->frames += (uint64_t)b->n_blocks * FRAME_BLOCK_LEN;
    return more;
}
