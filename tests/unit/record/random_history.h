// SPDX-License-Identifier: GPL-3.0-or-later
// Histories of runners within their limits, with every number at its full length.
#ifndef POISE_TESTS_RANDOM_HISTORY_H
#define POISE_TESTS_RANDOM_HISTORY_H

#include "frames/finding.h"

// One of a few, static.
const struct runner_history *random_history(unsigned long long seed);
// What differs, NULL: not a bit.
const char *differs_history(const struct runner_history *a, const struct runner_history *b);

#endif
