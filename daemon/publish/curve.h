// SPDX-License-Identifier: GPL-3.0-or-later
// Who may connect over CURVE: the server's key and the allow-list of a directory, and czmq's authentication actor with
// the list as it was when it was last found right. It answers only for sockets of zsys_init()'s context. Main thread
// only. Private to publish/.
//   DIR/server.key_secret   0600
//   DIR/clients/*.key       public keys; at least one
#ifndef POISE_PUBLISH_CURVE_H
#define POISE_PUBLISH_CURVE_H

#include <czmq.h>

struct curve;

// Reads and checks; nothing answers yet when it fails. -EINVAL with a sentence for keys that are not as they must be.
__attribute__((warn_unused_result)) int curve_open(struct curve **out, const char *dir, char *error, size_t error_size);
// Makes socket, not bound yet, a server that asks the actor; without an actor nobody is let in.
__attribute__((warn_unused_result)) int curve_apply(const struct curve *curve, zsock_t *socket, char *error,
                                                    size_t error_size);
// Reads the allow-list anew. On an error the old one stays. Who is connected stays connected.
__attribute__((warn_unused_result)) int curve_reload(struct curve *curve, char *error, size_t error_size);
unsigned curve_n_clients(const struct curve *curve);
void curve_close(struct curve *curve); // accepts NULL

#endif
