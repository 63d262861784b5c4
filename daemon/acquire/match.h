// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the devices that a context offers is the one a site means. Works on the plain listing, so that every case
// can be tested without a device.
#ifndef POISE_ACQUIRE_MATCH_H
#define POISE_ACQUIRE_MATCH_H

#include "acquire/acquire.h"

enum device_part {
    PART_ANY,   // the whole IMU; a label that only matches two halves means both
    PART_ACCEL, // the accelerometer alone
    PART_GYRO,  // the gyroscope alone
};

struct device_wish {
    char uri[128];
    char label[64];  // "" matches any
    char name[64];   // "" matches any
    char parent[64]; // "" matches any; local: only
    enum device_part part;
};

// What the configuration says of a site, of the whole chip or of one half; without a label, name and parent the name of
// the site is the label.
void match_wish(struct device_wish *wish, const struct site_params *site, enum site id, enum device_part part);

// Index into rows, and in *gyro_half the index of the second half or -1. -ENODEV: none, -EMLINK: several; reason gets
// the sentence, which names what is there.
__attribute__((warn_unused_result)) int match_device(const struct acquire_listing *rows, int n_rows,
                                                     const struct device_wish *wish, int *gyro_half,
                                                     char reason[REASON_MAX]);

// What the operator calls the device: its label, else its name, else its id.
const char *listing_title(const struct acquire_listing *row);

#endif
