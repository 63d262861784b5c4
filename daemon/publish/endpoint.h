// SPDX-License-Identifier: GPL-3.0-or-later
// Which TCP endpoints may be opened: "ADDRESS:PORT" with a literal address, loopback only unless the configuration
// permits the network. Private to publish/.
#ifndef POISE_PUBLISH_ENDPOINT_H
#define POISE_PUBLISH_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

struct endpoint {
    char zmq[128]; // "tcp://127.0.0.1:*"
    bool v6, loopback;
};

// text as in publish.tcp. 0, or -EINVAL with a sentence in error.
__attribute__((warn_unused_result)) int endpoint_parse(struct endpoint *out, const char *text, bool insecure_lan,
                                                       char *error, size_t error_size);

#endif
