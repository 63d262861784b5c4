// SPDX-License-Identifier: GPL-3.0-or-later
// A recording read ahead, on a thread of its own: log → the pipeline's front (align) → what its back needs, in order.
// A replay so uses two cores; since the order of everything is that of the log, its values are those of one thread.
// The queue between is bounded and blocks, nothing is dropped. Main creates, takes and stops; the feed's thread alone
// has the reader and the front in between.
#ifndef POISE_REPLAY_FEED_H
#define POISE_REPLAY_FEED_H

#include "pipeline.h"
#include "record/log_reader.h"

enum feed_kind {
    FEED_START, // the log brings other settings (event.settings), or begins without any (NULL): wants a pipeline
    FEED_EVENT, // for pipeline_back_event()
    FEED_BLOCK, // for pipeline_back_block()
};

struct feed_item {
    enum feed_kind kind;
    bool has_status;
    struct log_event event; // a LOG_BLOCK or LOG_DEVICE has no content here, and comes only directly after a start
    union {
        struct status_result status; // with a tick
        struct source_desc desc;     // the event's own copies
        struct calibration calibration;
        struct runner_history history;
        struct command command;
        struct frame_block block;
    };
};

struct feed;

// Starts reading; the reader stays the caller's, to be closed after feed_destroy. pipeline: that of the file before,
// which this one may go on with; NULL for none. 0 or negative errno.
__attribute__((warn_unused_result)) int feed_create(struct feed **out, struct log_reader *reader,
                                                    struct pipeline *pipeline);
void feed_destroy(struct feed *feed); // accepts NULL; after feed_stop; does nothing to one that was left

// The next item, valid until feed_release; NULL at the end of the log, and after some time without one (*ended tells).
const struct feed_item *feed_take(struct feed *feed, bool *ended);
void feed_release(struct feed *feed);

// After FEED_START: the feed goes on with this pipeline's front. Until then it stands still, and all of the pipeline
// before is the caller's.
void feed_go_on(struct feed *feed, struct pipeline *pipeline);

// Ends the thread; what was handed over can still be taken, then the pipeline is all the caller's. *error is what the
// reader failed with, or 0. False: it hangs in a read and is left there until the process ends; the reader must not be
// touched any more.
__attribute__((warn_unused_result)) bool feed_stop(struct feed *feed, int *error);

#endif
