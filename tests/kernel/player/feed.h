// SPDX-License-Identifier: GPL-3.0-or-later
// What the chips are to measure: the IMU streams of a recording, in SI, chip axes, at any instant. Reads what record/
// reads: recordings of poised and poise-sim, and other programs' XDF files. All samples are held in memory.
#ifndef POISE_TEST_PLAYER_FEED_H
#define POISE_TEST_PLAYER_FEED_H

#include "frames/site.h"
#include "frames/source.h"

#include <stdbool.h>
#include <stdint.h>

struct feed_half { // one source: a whole IMU or half of a split one
    struct source_desc desc;
    int64_t *stamp_ns;
    float (*value)[N_CHANNELS]; // m/s^2, rad/s
    long n, capacity;
    long at; // where the last look-up ended: time goes on
};

struct feed {
    struct feed_half halves[MAX_SOURCES];
    int64_t from_ns, to_ns; // first and last stamp of all
};

// 0 or negative errno; a sentence goes to standard error.
__attribute__((warn_unused_result)) int feed_load(struct feed *feed, const char *path);
void feed_finish(struct feed *feed);

bool feed_has(const struct feed *feed, int site);
// Linear between samples, the first or last one outside; what is not recorded is 0.
void feed_value(struct feed *feed, int site, int64_t at_ns, double value[N_CHANNELS]);

#endif
