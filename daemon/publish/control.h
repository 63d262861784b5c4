// SPDX-License-Identifier: GPL-3.0-or-later
// Answers requests of the control socket from what was published last. Publisher thread only. Private to publish/.
#ifndef POISE_PUBLISH_CONTROL_H
#define POISE_PUBLISH_CONTROL_H

#include "core/ring.h"
#include "frames/recording.h"
#include "frames/session.h"
#include "publish/streams.h"

#include <czmq.h>
#include <pthread.h>

#define ASSESS_KEPT 64

// The last object of every stream, and of `finding` the last of each factor; NULL before the first.
struct last_objects {
    json_t *object[N_STREAMS];
    json_t *finding[N_FACTORS];
    // Of `assessment` and `repetition` the last ones, in the order of publishing: number n is at n % ASSESS_KEPT.
    json_t *assess[ASSESS_KEPT];
    uint64_t n_assess; // so far
};

// What main knows and the publisher's thread shows, and what it wants of main. The owner locks.
struct control_shared {
    pthread_mutex_t lock; // main and the publisher's thread, neither of them real-time
    bool can_record;
    struct recording_state recording;
    struct session_state session;
    enum recording_order order; // not taken yet
    uint32_t orders;            // given so far; recording.orders of them are carried out
};

struct control {
    zsock_t *socket;
    struct ring *commands; // of struct command, to the pipeline thread
    const struct stream_encoder *encoder;
    const struct last_objects *last;
    struct control_shared *shared;
    char session[SESSION_ID]; // as of the commands queued so far
};

// Answers what waits on the socket, at most a few so that publishing goes on. Returns how many.
int control_serve(struct control *control);

#endif
