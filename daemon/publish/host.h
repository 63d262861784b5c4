// SPDX-License-Identifier: GPL-3.0-or-later
// The machine under the daemon, for `status`: processor time, memory, load, temperature. Private to publish/.
#ifndef POISE_PUBLISH_HOST_H
#define POISE_PUBLISH_HOST_H

#include "publish/streams.h"

#include <stdint.h>

struct host_meter {
    int64_t last_ns, last_cpu_ns;
};

// Since the call before; NaN for what this machine does not tell. Reads small files: not RT-safe.
void host_read(struct host_meter *meter, struct stream_machine *out);

#endif
