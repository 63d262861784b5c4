// SPDX-License-Identifier: GPL-3.0-or-later
// The TCP side of the simulator: accepts IIOD connections on a loopback address and turns the sessions, all in one
// thread with ppoll. Clients may vanish at any moment.
#ifndef POISE_SIM_SERVER_H
#define POISE_SIM_SERVER_H

#include "sim/harness.h"

#include <signal.h>
#include <stdint.h>

struct server;

// Listens on address (127.0.0.0/8 only, else -EACCES); port 0 takes a free one. 0 or negative errno.
__attribute__((warn_unused_result)) int server_create(struct server **out, struct harness *harness, const char *address,
                                                      uint16_t port);
void server_destroy(struct server *server); // accepts NULL
uint16_t server_port(const struct server *server);

// One turn: waits up to longest_ns for something to do and does it. Returns how many clients are connected, or negative
// errno (-EINTR: a signal).
int server_turn(struct server *server, int64_t longest_ns, const sigset_t *signals_while_waiting);

#endif
