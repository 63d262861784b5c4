// SPDX-License-Identifier: GPL-3.0-or-later
// One harness of the benchmark: a recording's events, a quarter of a second at a time, and the rooms they go through,
// one after the other. A stage is a room (or what is not a room and costs: reading, packing, JSON); each is timed over
// the whole batch, so that the clock's own cost does not count, and each is one function that is never inlined, so that
// a profiler's inclusive cost of "stage_<name>" is the stage's.
#ifndef POISE_TESTS_BENCH_H
#define POISE_TESTS_BENCH_H

#include "config.h"
#include "meter.h"
#include "publish/imu_wire.h"
#include "publish/streams.h"
#include "record/log_reader.h"

#define BATCH_EVENTS  512
#define BATCH_BLOCKS  2048 // frame blocks that one batch of events can make, a late start included
#define BATCH_OUTPUTS 4096
#define BATCH_NS      INT64_C(250000000)

enum stage {
    STAGE_READ,
    STAGE_ALIGN,
    STAGE_ORIENT,
    STAGE_FRAMES,
    STAGE_SEGMENT,
    STAGE_GAIT,
    STAGE_OBSERVE,
    STAGE_POSTURE,
    STAGE_BREATHING,
    STAGE_ARMS,
    STAGE_PACK,
    STAGE_FINDINGS,
    STAGE_JSON,
    N_STAGES
};
// In the order of the walk. "observe" is the part of segment that needs the phase.
extern const char *const stage_names[N_STAGES];

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
    struct findings *findings;
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
    bool last; // this batch
    struct meter meter[N_STAGES];
    uint64_t samples, frames, objects, bytes, ticks;
    uint64_t n_packed, packed_bytes;
    uint8_t packed[IMU_WIRE_MAX];
    int64_t first_ns, last_ns; // of the ticks
};

// 0 or negative errno; bench_close takes what either leaves.
__attribute__((warn_unused_result)) int bench_open(struct bench *b, const char *path, char *error, size_t size);
void bench_close(struct bench *b);

// Reads a batch and takes it through all stages: 1, after the last one 0, or negative errno.
__attribute__((warn_unused_result)) int bench_step(struct bench *b);

#endif
