// SPDX-License-Identifier: GPL-3.0-or-later
// The publisher's insides: what its thread does, and what the functions of publisher.h, called from other threads,
// share with it. Private to publish/.
#ifndef POISE_PUBLISH_PUBLISHER_THREAD_H
#define POISE_PUBLISH_PUBLISHER_THREAD_H

#include "core/ring.h"
#include "publish/control.h"
#include "publish/host.h"
#include "publish/imu_frames.h"
#include "publish/latency.h"
#include "publish/publisher.h"
#include "publish/site_watch.h"
#include "publish/sockets.h"
#include "publish/streams.h"

#include <pthread.h>
#include <stdatomic.h>

struct publisher {
    struct publisher_identity identity;
    struct runtime_dir dir;
    struct sockets sockets;
    struct imu_frames *frames; // NULL when off
    struct ring *outputs, *commands;
    int wake; // eventfd: the pipeline thread may not take locks, so no condition variable
    pthread_t thread;
    bool threaded;
    atomic_bool stop;
    atomic_llong turned_ns;
    atomic_ullong outputs_dropped;
    struct control_shared shared;
    char digest[41]; // of the configuration in force; under the same lock
    // The rest belongs to the publisher thread.
    struct stream_encoder encoder;
    struct stream_host host;
    struct stream_meta meta;
    struct host_meter meter;
    struct latency latency;
    struct site_watch watch;
    struct output status;     // the last one, to be sent again when the pipeline is silent
    char session[SESSION_ID]; // of the last output
    int64_t next_meta_ns, status_ns;
    char topic[N_STREAMS][96];
    char frames_topic[96];
    const char *topics[N_STREAMS + 1]; // the same, for the gate
    struct last_objects last;
    struct control control;
};

// arg: the publisher. Encodes and sends what the pipeline hands over, answers requests; ends on stop, all sent.
void *publisher_thread(void *arg);

#endif
