// SPDX-License-Identifier: GPL-3.0-or-later
// Outputs for the tests of publish/: plausible ones, and random ones with everything a struct can hold (NaN, infinity,
// names out of range, text that is no UTF-8).
#ifndef POISE_TESTS_SAMPLE_OUTPUTS_H
#define POISE_TESTS_SAMPLE_OUTPUTS_H

#include "frames/output.h"

#include <stdint.h>

// A runner at 168 steps/min at time t_ns of the monotonic clock.
void sample_output(struct output *out, enum stream stream, int64_t t_ns);

void random_output(struct output *out, enum stream stream, uint64_t *state);

// POISE_SEED from the environment, or 1; printed, so that a failure can be repeated.
uint64_t seed_from_environment(void);

#endif
