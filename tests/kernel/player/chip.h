// SPDX-License-Identifier: GPL-3.0-or-later
// A BMI160 behind i2c-stub, seen from the physical side: motion goes into its data registers, in counts of the full
// scale that its range registers ask for at that moment, as the silicon does it. So a driver that sets a range and one
// that states a wrong scale both show. Registers after Bosch Sensortec, BMI160 datasheet BST-BMI160-DS000, 2.11.
#ifndef POISE_TEST_PLAYER_CHIP_H
#define POISE_TEST_PLAYER_CHIP_H

#include "frames/source.h"

struct chip {
    int fd;
    int site;
    double acc_lsb, gyro_lsb; // m/s^2 and rad/s per count
    long n_clipped;
};

// 0 or negative errno.
__attribute__((warn_unused_result)) int chip_open(struct chip *chip, int bus, int address);
void chip_close(struct chip *chip);
// Takes over the full scales from the range registers. 0 or negative errno.
__attribute__((warn_unused_result)) int chip_read_ranges(struct chip *chip);
// One write of all six data registers, which no read of them divides. 0 or negative errno.
__attribute__((warn_unused_result)) int chip_measure(struct chip *chip, const double value[N_CHANNELS]);

#endif
