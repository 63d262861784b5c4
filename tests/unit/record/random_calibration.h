// SPDX-License-Identifier: GPL-3.0-or-later
// Calibrations within their limits, of some sites, with every number at its full length.
#ifndef POISE_TESTS_RANDOM_CALIBRATION_H
#define POISE_TESTS_RANDOM_CALIBRATION_H

#include "frames/calibration.h"

struct calibration random_calibration(unsigned long long seed); // of the same seed the same
// What differs, NULL: not a bit. Sites without a fit do not count.
const char *differs_calibration(const struct calibration *a, const struct calibration *b);

#endif
