// SPDX-License-Identifier: GPL-3.0-or-later
// The publisher's sockets: PUB for the metrics, a second one for those who come over CURVE (a socket speaks one
// mechanism), ROUTER for control, in czmq's own context, each behind the gate. Bound by main, then used by the
// publisher thread alone. Private to publish/.
#ifndef POISE_PUBLISH_SOCKETS_H
#define POISE_PUBLISH_SOCKETS_H

#include "publish/publisher.h"
#include "publish/runtime_dir.h"

#include <czmq.h>

struct sockets {
    const struct runtime_dir *dir;
    zsock_t *metrics, *remote, *control; // remote is NULL without CURVE
    zsock_t *frames;                     // XPUB, NULL when off
    zsock_t *accepted[3];                // libzmq tells here whom metrics, remote and frames have accepted
    struct curve *curve;
    struct gate *gate;
    char ipc[IPC_ENDPOINT_MAX]; // as bound, "" for none
    char tcp[160];
};

// topics are what is published, and behind these n_topics that of the frames; they and dir outlive the sockets. 0;
// -EADDRINUSE for a port that is taken; -EINVAL for one that may not be opened. error gets the sentence.
__attribute__((warn_unused_result)) int sockets_open(struct sockets *out, const struct publish_params *params,
                                                     const struct runtime_dir *dir, const char *const *topics,
                                                     size_t n_topics, char *error, size_t error_size);
void sockets_close(struct sockets *sockets); // what is queued gets half a second to leave

// Gives new connections their small buffers; when accepted[] can be read, else at leisure.
void sockets_tune(struct sockets *sockets);

// Topic and text as two frames. Never blocks: a subscriber that is too slow loses the newest.
void sockets_publish(struct sockets *sockets, const char *topic, const char *text, size_t n);

#endif
