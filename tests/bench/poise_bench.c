// SPDX-License-Identifier: GPL-3.0-or-later
// What each room costs: the events of a recording, a quarter of a second at a time, through one room after the other,
// each timed over the whole batch so that the clock's own cost does not count. Prints ns (and instructions where the
// kernel permits counting) per site-sample: one sample of one site, the unit of the daemon's load.
#include "config.h"
#include "meter.h"
#include "publish/imu_wire.h"
#include "publish/streams.h"
#include "record/log_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define BATCH_EVENTS      512
#define BATCH_BLOCKS      2048 // frame blocks that one batch of events can make, a late start included
#define BATCH_OUTPUTS     4096
#define BATCH_NS          INT64_C(250000000)
#define ORIENTATION_EVERY 20 // frames, as in the pipeline
#define STATUS_EVERY      10 // ticks

enum stage {
    STAGE_READ,
    STAGE_ALIGN,
    STAGE_ORIENT,
    STAGE_FRAMES,
    STAGE_SEGMENT,
    STAGE_GAIT,
    STAGE_POSTURE,
    STAGE_BREATHING,
    STAGE_ARMS,
    STAGE_PACK,
    STAGE_JSON,
    N_STAGES
};
static const char *const stage_names[N_STAGES] = {"read",    "align",     "orient", "frames", "segment", "gait",
                                                  "posture", "breathing", "arms",   "pack",   "json"};

// An event that outlives the reader's next one.
struct kept_event {
    struct log_event event;
    struct raw_block block;
    struct source_desc desc;
    struct device_event device;
};

struct bench {
    struct log_reader *reader;
    struct config config;
    struct align *align;
    struct orient *orient;
    struct segment *segment;
    struct gait *gait;
    struct posture *posture;
    struct breathing *breathing;
    struct arms *arms;
    struct pack *pack;
    struct stream_encoder encoder;
    struct kept_event *events;  // [BATCH_EVENTS]
    struct frame_block *blocks; // [BATCH_BLOCKS]
    struct motion *motion;      // [BATCH_BLOCKS]
    struct gait_phase *phase;   // [BATCH_BLOCKS]
    struct output *outputs;     // [BATCH_OUTPUTS]
    FILE *emit;                 // into memory, from its beginning for every batch
    char *text;
    size_t text_size;
    int n_events, n_blocks, n_outputs;
    struct meter meter[N_STAGES];
    int meter_error;
    uint64_t samples, frames, objects, bytes, ticks;
    uint64_t n_packed, packed_bytes;
    uint8_t packed[IMU_WIRE_MAX];
    int64_t first_ns, last_ns; // of the ticks
};

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
        return -1;
    if (align_create(&b->align, &b->config.align) != 0 || orient_create(&b->orient, &b->config.orient) != 0 ||
        segment_create(&b->segment, &b->config.segment) != 0 || gait_create(&b->gait, &b->config.gait) != 0 ||
        posture_create(&b->posture, &b->config.posture) != 0 ||
        breathing_create(&b->breathing, &b->config.breathing) != 0 || arms_create(&b->arms, &b->config.arms) != 0 ||
        pack_create(&b->pack, &b->config.pack) != 0)
        return -1;
    return 0;
}

static void destroy(struct bench *b)
{
    log_reader_close(b->reader);
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

// Up to a batch of events: 1, at the end of the recording 0, or negative errno.
static int read_batch(struct bench *b)
{
    int more = 1;
    int64_t until = INT64_MIN;
    b->n_events = 0;
    meter_start(&b->meter[STAGE_READ]);
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
    meter_stop(&b->meter[STAGE_READ]);
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

static void run_align(struct bench *b, bool last)
{
    meter_start(&b->meter[STAGE_ALIGN]);
    for (int i = 0; i < b->n_events; i++) {
        push_event(b, &b->events[i].event);
        pull_blocks(b);
    }
    if (last) {
        align_finish(b->align);
        pull_blocks(b);
    }
    meter_stop(&b->meter[STAGE_ALIGN]);
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

static void run_orient_and_segment(struct bench *b)
{
    meter_start(&b->meter[STAGE_ORIENT]);
    for (int k = 0; k < b->n_blocks; k++)
        orient_step(b->orient, &b->blocks[k]);
    meter_stop(&b->meter[STAGE_ORIENT]);

    // Only while somebody subscribes to the frames; into one place, as a warm ring is.
    meter_start(&b->meter[STAGE_FRAMES]);
    for (int k = 0; k < b->n_blocks; k++)
        b->packed_bytes += imu_wire_encode(b->packed, &b->blocks[k], &(struct imu_wire_stamp){.seq = (uint64_t)k});
    meter_stop(&b->meter[STAGE_FRAMES]);
    b->n_packed += (uint64_t)b->n_blocks;

    meter_start(&b->meter[STAGE_SEGMENT]);
    for (int k = 0; k < b->n_blocks; k++)
        segment_step(b->segment, &b->blocks[k], &b->motion[k]);
    meter_stop(&b->meter[STAGE_SEGMENT]);
    for (int k = 0; k < b->n_blocks; k++)
        if ((b->motion[k].index + 1) % ORIENTATION_EVERY == 0)
            add_orientation(b, k);
}

static void run_gait(struct bench *b)
{
    struct cadence_result cadence;
    struct contact_result contact;
    struct step_result step;
    struct gait_result summary;
    double frame;
    int64_t index;
    meter_start(&b->meter[STAGE_GAIT]);
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
    meter_stop(&b->meter[STAGE_GAIT]);
}

// The part of segment that needs the phase; its cost goes to the same row.
static void run_calibration(struct bench *b)
{
    struct calibration_result calibration;
    int64_t index;
    meter_start(&b->meter[STAGE_SEGMENT]);
    for (int k = 0; k < b->n_blocks; k++) {
        segment_observe(b->segment, &b->motion[k], &b->phase[k]);
        (void)segment_pull(b->segment, &calibration, &index);
    }
    meter_stop(&b->meter[STAGE_SEGMENT]);
}

static void run_posture(struct bench *b)
{
    struct posture_result posture;
    int64_t index;
    meter_start(&b->meter[STAGE_POSTURE]);
    for (int k = 0; k < b->n_blocks; k++) {
        posture_step(b->posture, &b->motion[k], &b->phase[k]);
        if (posture_pull(b->posture, &posture, &index))
            add_output(b, STREAM_POSTURE, index)->posture = posture;
    }
    meter_stop(&b->meter[STAGE_POSTURE]);
}

static void run_breathing(struct bench *b)
{
    struct breathing_result breathing;
    struct inspiration_result inspiration;
    int64_t index;
    meter_start(&b->meter[STAGE_BREATHING]);
    for (int k = 0; k < b->n_blocks; k++) {
        breathing_step(b->breathing, &b->motion[k], &b->phase[k]);
        if (breathing_pull(b->breathing, &breathing, &index))
            add_output(b, STREAM_BREATHING, index)->breathing = breathing;
        while (breathing_pull_inspiration(b->breathing, &inspiration, &index))
            add_output(b, STREAM_INSPIRATION, index)->inspiration = inspiration;
    }
    meter_stop(&b->meter[STAGE_BREATHING]);
}

static void run_arms_and_pack(struct bench *b)
{
    struct arms_result arms;
    struct pack_result pack;
    int64_t index;
    meter_start(&b->meter[STAGE_ARMS]);
    for (int k = 0; k < b->n_blocks; k++) {
        arms_step(b->arms, &b->motion[k], &b->phase[k]);
        if (arms_pull(b->arms, &arms, &index))
            add_output(b, STREAM_ARMS, index)->arms = arms;
    }
    meter_stop(&b->meter[STAGE_ARMS]);
    meter_start(&b->meter[STAGE_PACK]);
    for (int k = 0; k < b->n_blocks; k++) {
        pack_step(b->pack, &b->motion[k], &b->phase[k]);
        if (pack_pull(b->pack, &pack, &index))
            add_output(b, STREAM_PACK, index)->pack = pack;
    }
    meter_stop(&b->meter[STAGE_PACK]);
}

static void run_json(struct bench *b)
{
    meter_start(&b->meter[STAGE_JSON]);
    rewind(b->emit);
    for (int i = 0; i < b->n_outputs; i++)
        if (stream_emit(&b->encoder, &b->outputs[i], b->emit) == 0)
            b->objects++;
    b->bytes += (uint64_t)ftello(b->emit);
    meter_stop(&b->meter[STAGE_JSON]);
    b->frames += (uint64_t)b->n_blocks * FRAME_BLOCK_LEN;
    b->n_outputs = b->n_blocks = 0;
}

static void print_row(const struct bench *b, const char *name, int64_t ns, uint64_t instructions, double seconds)
{
    double samples = (double)b->samples;
    printf("%-10s %10.1f", name, (double)ns / samples);
    if (b->meter_error == 0)
        printf(" %14.0f", (double)instructions / samples);
    else
        printf(" %14s", "-");
    printf(" %12.3f %10.0f\n", 100 * (double)ns / 1e9 / seconds, seconds / ((double)ns / 1e9));
}

static void print_report(const struct bench *b)
{
    double seconds = (double)(b->last_ns - b->first_ns) / 1e9;
    printf("%.1f s, %" PRIu64 " site-samples, %" PRIu64 " frames, %" PRIu64 " objects of %" PRIu64 " bytes\n", seconds,
           b->samples, b->frames, b->objects, b->objects ? b->bytes / b->objects : 0);
    if (b->meter_error != 0)
        printf("counting instructions is not permitted here: %s\n", strerror(-b->meter_error));
    printf("%-10s %10s %14s %12s %10s\n", "stage", "ns/sample", "instr/sample", "% of a core", "x real");
    struct meter rooms = {0}, whole = {0};
    for (int i = 0; i < N_STAGES; i++) {
        const struct meter *m = &b->meter[i];
        print_row(b, stage_names[i], m->ns, m->instructions, seconds);
        whole.ns += m->ns;
        whole.instructions += m->instructions;
        if (i != STAGE_READ && i != STAGE_FRAMES && i != STAGE_JSON) {
            rooms.ns += m->ns;
            rooms.instructions += m->instructions;
        }
    }
    print_row(b, "rooms", rooms.ns, rooms.instructions, seconds); // the pipeline without file and JSON
    print_row(b, "whole", whole.ns, whole.instructions, seconds);
    printf("frames: %.0f ns to pack a block of %.0f bytes\n", (double)b->meter[STAGE_FRAMES].ns / (double)b->n_packed,
           (double)b->packed_bytes / (double)b->n_packed);
}

static int run(struct bench *b, const char *path)
{
    char error[512] = "";
    if (log_reader_open(&b->reader, path, NULL, error, sizeof error) != 0) {
        fprintf(stderr, "poise-bench: %s\n", error);
        return EX_NOINPUT;
    }
    int more = 1;
    while (more > 0) {
        more = read_batch(b);
        if (more < 0) {
            fprintf(stderr, "poise-bench: %s: %s\n", path, strerror(-more));
            return EX_NOINPUT;
        }
        run_align(b, more == 0);
        run_orient_and_segment(b);
        run_gait(b);
        run_calibration(b);
        run_posture(b);
        run_breathing(b);
        run_arms_and_pack(b);
        run_json(b);
    }
    if (b->samples == 0 || b->last_ns <= b->first_ns) {
        fprintf(stderr, "poise-bench: %s: too short to measure\n", path);
        return EX_NOINPUT;
    }
    print_report(b);
    return EX_OK;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 2 || argv[1][0] == '\0') {
        fprintf(stderr, "usage: poise-bench RECORDING.xdf\n");
        return EX_USAGE;
    }
    bench.meter_error = meter_open();
    int code = create(&bench) == 0 ? run(&bench, argv[1]) : EX_OSERR;
    destroy(&bench);
    return code;
}
