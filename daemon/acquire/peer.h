// SPDX-License-Identifier: GPL-3.0-or-later
// The network peer behind an "ip:" URI. libiio waits up to 5 s in each step of making a context and offers no way to
// end that, so the peer is asked for its version first, with our own timeout, and its sockets can be shut down.
#ifndef POISE_ACQUIRE_PEER_H
#define POISE_ACQUIRE_PEER_H

#include <sys/socket.h>

struct peer {
    struct sockaddr_storage address;
    socklen_t length; // 0: not known
};

// Connects, asks VERSION, hangs up; *peer is whom it reached. 0 also when uri is not "ip:" or its host does not
// resolve (libiio may know it through mDNS). -ECONNREFUSED, -EHOSTUNREACH, -ETIMEDOUT: no connection; -EPROTO: no
// answer to VERSION; -ECANCELED: stop_fd became readable.
__attribute__((warn_unused_result)) int peer_probe(const char *uri, int timeout_ms, int stop_fd, struct peer *peer);

// Shuts down every connection of this process to peer; whoever is blocked on one gets an error.
void peer_shutdown(const struct peer *peer);

#endif
