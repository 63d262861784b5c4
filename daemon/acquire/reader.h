// SPDX-License-Identifier: GPL-3.0-or-later
// One device's thread: connect, configure, stream; on any error cancel, destroy everything, wait 0.25 … 5 s, again.
// It hands its slot's description, blocks and events to the intake through one ring, so their order is kept. A full
// ring costs blocks, which are counted and reported; descriptions and events wait for room.
//
// A site named by one label may turn out to be two devices: its reader takes the accelerometer and starts a second
// reader (`half`) for the gyroscope. Enabling the second half makes some chips restart the stamps of the first by a
// few ms. Nothing is thrown away here for that: align sees the step in the stamps, and the counters stay whole.
#ifndef POISE_ACQUIRE_READER_H
#define POISE_ACQUIRE_READER_H

#include "acquire/source_iio.h"
#include "core/log.h"
#include "core/ring.h"

#include <pthread.h>
#include <stdatomic.h>

// Wakes the intake, and costs a system call only when it sleeps.
struct bell {
    int fd; // eventfd
    atomic_bool sleeping;
};

enum reader_item_kind { ITEM_SOURCE, ITEM_BLOCK, ITEM_DEVICE };

struct reader_item {
    enum reader_item_kind kind;
    union {
        struct source_desc desc;
        struct raw_block block;
        struct device_event device;
    };
};

enum reader_progress {
    READER_TRYING, // first attempt not decided
    READER_RAN,    // has delivered samples
    READER_FAILED, // the first attempt failed
};

struct reader {
    // Set before reader_start and constant after.
    uint16_t slot, site;
    int fifo_priority, ring_slots;
    struct source_wish wish;
    struct bell *bell;
    struct reader *half; // for the second device of a split chip; NULL: this reader may not start one

    struct ring *ring;
    struct source *source;
    pthread_t thread;
    atomic_bool started; // ring, source and thread stand
    atomic_bool stopping;
    atomic_llong turned_ns;       // when the loop last turned
    atomic_llong refill_since_ns; // 0: not in a refill
    atomic_bool hung;             // the refill was cancelled by the watchdog
    atomic_int progress;          // enum reader_progress

    pthread_mutex_t lock; // of failure
    char failure[REASON_MAX];

    // The thread's own.
    struct source_info info;
    struct source_desc described; // as last sent
    bool ever_described, running;
    uint32_t n_dropped; // not reported yet
    int64_t ran_since_ns;
    char reported[REASON_MAX];
    struct log_limit limit;
};

void reader_init(struct reader *reader);
// 0, or negative errno with nothing left behind.
__attribute__((warn_unused_result)) int reader_start(struct reader *reader);
void reader_watch(struct reader *reader, int64_t now_ns); // cancels a refill that hangs past its time-out
void reader_stop(struct reader *reader);                  // asks; returns at once
// Joins and frees what reader_start made. A healthy reader ends by itself; from began_ns (of the stop) on, first its
// refill is cancelled, then its connections are shut down.
void reader_finish(struct reader *reader, int64_t began_ns);

#endif
