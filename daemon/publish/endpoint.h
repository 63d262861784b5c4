// SPDX-License-Identifier: GPL-3.0-or-later
// Which TCP endpoints may be opened: "ADDRESS:PORT" with a literal address, loopback only unless the configuration
// permits the network. Private to publish/.
#ifndef POISE_PUBLISH_ENDPOINT_H
#define POISE_PUBLISH_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct endpoint {
    struct sockaddr_storage address;
    socklen_t size; // of address
    bool v6, loopback;
};

// "tcp://127.0.0.1:5556" of an address.
void endpoint_text(const struct sockaddr_storage *address, char *text, size_t size);
// text as in publish.tcp; guarded: who connects is asked for a key, or the configuration permits anyone. 0, or -EINVAL
// with a sentence in error.
__attribute__((warn_unused_result)) int endpoint_parse(struct endpoint *out, const char *text, bool guarded,
                                                       char *error, size_t error_size);

#endif
