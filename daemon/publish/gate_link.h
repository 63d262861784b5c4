// SPDX-License-Identifier: GPL-3.0-or-later
// One connection through the gate: the client's socket outside, one to libzmq inside, and what is on its way between
// them. Gate thread only. Private to gate.c.
#ifndef POISE_PUBLISH_GATE_LINK_H
#define POISE_PUBLISH_GATE_LINK_H

#include "publish/gate.h"

#define GATE_DOWN 4096

struct gate_end { // what an event of epoll is about
    enum { GATE_DOOR, GATE_OUTER, GATE_INNER, GATE_STOP } kind;
    void *owner;
    int fd;
    uint32_t events; // registered
};

struct gate_link {
    struct gate_link *next;
    const struct gate_door *door;
    struct gate_end outer, inner;
    struct zmtp_watch watch;
    int64_t born_ns, heard_ns, credit_ns;
    double credit; // messages that may pass now
    bool paused;   // out of credit
    bool inner_hung, inner_ended;
    const char *cut; // why it ends, NULL while it lives; "" is no fault of the client's
    bool leaving;    // the client is gone, libzmq has not read that yet
    size_t up_n, up_good, down_from, down_n;
    uint8_t down[GATE_DOWN];
    uint8_t up[]; // up_size
};

// Takes outer in every case. NULL without memory or when libzmq does not take the connection.
struct gate_link *gate_link_create(const struct gate_door *door, int outer, int64_t now_ns);
void gate_link_destroy(struct gate_link *link);
// The client's end goes at once, libzmq's when it has read to the end: what it says until then goes nowhere. A hang-up
// while its queue is full, and the connection's heartbeat falling due before it has room again, is the end of the whole
// process ("!_io_error" in libzmq 4.3).
void gate_link_leave(struct gate_link *link);
// Moves what can be moved without waiting; sets cut when it is over.
void gate_link_serve(struct gate_link *link, int64_t now_ns);
// What the ends wait for, as epoll events.
uint32_t gate_link_outer_events(const struct gate_link *link);
uint32_t gate_link_inner_events(const struct gate_link *link);

#endif
