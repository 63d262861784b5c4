// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the run as a Poise recording: what a live daemon would have logged of it, as fast as it can be computed.
// Deterministic: the same scenario and seed give the same bytes.
#ifndef POISE_SIM_WRITE_LOG_H
#define POISE_SIM_WRITE_LOG_H

#include "sim/feed.h"
#include "sim/truth.h"

// scenario: what is told to the daemon beside the samples; NULL: nothing. truth may be NULL. 0 or negative errno.
__attribute__((warn_unused_result)) int write_log(const char *path, struct feed *feed, const struct scenario *scenario,
                                                  uint64_t seed, double seconds, struct truth *truth);

#endif
