// SPDX-License-Identifier: GPL-3.0-or-later
// The publisher's sockets: one PUB bound to ipc and tcp, one ROUTER for control, in czmq's own context (CURVE's
// authentication will need exactly that one). Bound by main, then used by the publisher thread alone. Private to
// publish/.
#ifndef POISE_PUBLISH_SOCKETS_H
#define POISE_PUBLISH_SOCKETS_H

#include "publish/publisher.h"
#include "publish/runtime_dir.h"

#include <czmq.h>

struct sockets {
    zsock_t *metrics, *control;
    char ipc[IPC_ENDPOINT_MAX]; // as bound, "" for none
    char tcp[160];
};

// 0; -EADDRINUSE for a port that is taken; -EINVAL for one that may not be opened. error gets the sentence.
__attribute__((warn_unused_result)) int sockets_open(struct sockets *out, const struct publish_params *params,
                                                     const struct runtime_dir *dir, char *error, size_t error_size);
void sockets_close(struct sockets *sockets); // what is queued gets half a second to leave

// Topic and text as two frames. Never blocks: a subscriber that is too slow loses the newest.
void sockets_publish(struct sockets *sockets, const char *topic, const char *text, size_t n);

#endif
