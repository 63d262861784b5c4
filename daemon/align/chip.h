// SPDX-License-Identifier: GPL-3.0-or-later
// One physical chip has one oscillator, however many sources it has (the halves of a split IMU): their periods keep a
// fixed ratio. What the other halves' stamps say of the period becomes a hint for each one, weighted by how well they
// know it; with clock_fit.h that is the joint least squares over all stamps of the chip, with one rate and an instant
// for each half, in which every half forgets by its own time. A half that starts, stalls, steps or is lost takes
// nothing away from the others. RT-safe; align owns the memory.
#ifndef POISE_ALIGN_CHIP_H
#define POISE_ALIGN_CHIP_H

#include "align/clock.h"
#include "frames/source.h"

struct chip {
    int n;
    const struct clock_model *half[MAX_SOURCES];
};

// Nominal period in units of another half's, from the rates they claim; 1 when one claims none. Claims are rounded
// ("833" and "416" are 2 : 1): the ratio is that of small integers when it is near one.
double chip_ratio(double rate_hz, double first_rate_hz);

// What the others say of the period of self, which is one of the halves.
struct clock_hint chip_hint(const struct chip *chip, const struct clock_model *self);

#endif
