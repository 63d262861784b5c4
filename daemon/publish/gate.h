// SPDX-License-Identifier: GPL-3.0-or-later
// Stands between every client and libzmq: its thread listens on the doors that clients know, judges what they send
// (zmtp.h), and hands it to libzmq's sockets, which only this user reaches. So many connections a door, so many
// messages a second from each: what is too much waits in the client's own buffers. What libzmq sends goes out as it is;
// a client that does not read fills 8 KiB and then libzmq's queue, never the gate. Memory: 5 to 13 KB per connection.
// The inner sockets must be bound before a door is opened. Private to publish/.
#ifndef POISE_PUBLISH_GATE_H
#define POISE_PUBLISH_GATE_H

#include "publish/endpoint.h"
#include "publish/zmtp.h"

#include <sys/types.h>

#define GATE_SEND_BUFFER 8192 // the kernel's default would hold half a minute of stale values

struct gate_door {
    const char *name;        // for the log
    const char *inner;       // path of libzmq's socket
    struct zmtp_rules rules; // what they point to outlives the gate
    unsigned links_max;
    unsigned burst, per_s; // messages and commands from one connection: at once, and for ever
    bool evict_idle;       // when full, the connection that has been silent longest makes room
};

struct gate;

// All: 0 or negative errno. error gets the sentence. Doors are opened before the start, at most four.
__attribute__((warn_unused_result)) int gate_create(struct gate **out, char *error, size_t error_size);
// A listening socket becomes a door, and the gate's to close unless this fails.
__attribute__((warn_unused_result)) int gate_add(struct gate *gate, const struct gate_door *door, int listening);
// The socket's file belongs to group and may be used by it: 0660, whatever the umask says.
__attribute__((warn_unused_result)) int gate_open_ipc(struct gate *gate, const struct gate_door *door, const char *path,
                                                      gid_t group, char *error, size_t error_size);
// -EADDRINUSE for a port that is taken. bound: "tcp://ADDRESS:PORT".
__attribute__((warn_unused_result)) int gate_open_tcp(struct gate *gate, const struct gate_door *door,
                                                      const struct endpoint *endpoint, char *bound, size_t bound_size,
                                                      char *error, size_t error_size);
__attribute__((warn_unused_result)) int gate_start(struct gate *gate, char *error, size_t error_size);
bool gate_is_alive(const struct gate *gate); // for the watchdog
// No new connections; what libzmq still sends goes out, for 0.7 s at most. After libzmq's sockets were closed. Accepts
// NULL.
void gate_destroy(struct gate *gate);

#endif
