// SPDX-License-Identifier: GPL-3.0-or-later
// status.rt: from the figures that the pipeline thread counts to what is published. Private to publish/.
#ifndef POISE_PUBLISH_RT_STREAM_H
#define POISE_PUBLISH_RT_STREAM_H

#include "publish/streams.h"

// All but known, mlock and cpus; figures NULL: nothing was counted. The figures may change meanwhile: each number is of
// its own moment.
void rt_stream_fill(struct stream_rt *out, const struct rt_figures *figures);

#endif
