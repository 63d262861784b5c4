// SPDX-License-Identifier: GPL-3.0-or-later
// Answers requests of the control socket from what was published last. Publisher thread only. Private to publish/.
#ifndef POISE_PUBLISH_CONTROL_H
#define POISE_PUBLISH_CONTROL_H

#include "core/ring.h"
#include "publish/streams.h"

#include <czmq.h>

// The last object of every stream; NULL before the first.
struct last_objects {
    json_t *object[N_STREAMS];
};

struct control {
    zsock_t *socket;
    struct ring *commands; // of struct command, to the pipeline thread
    const struct stream_encoder *encoder;
    const struct last_objects *last;
};

// Answers what waits on the socket, at most a few so that publishing goes on. Returns how many.
int control_serve(struct control *control);

#endif
