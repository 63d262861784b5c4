// SPDX-License-Identifier: GPL-3.0-or-later
// Low-passes for single breaths: a bank of Hann-windowed sincs, two periods of their cut-off long, that all read one
// ring of raw samples. The value at sample i is computed when its later half is there, so the cut-off can follow the
// breath without a state to settle and without moving anything in time. No high-pass: it would make breaths out of
// posture steps and pauses. A compartment that stops being measured stays at its last value and goes on from there.
// Internal to the room. RT-safe.
#ifndef POISE_BREATHING_BREATH_FILTER_H
#define POISE_BREATHING_BREATH_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#define FILTER_BANK     12
#define FILTER_TAPS_MAX 101
#define FILTER_RAW      256 // samples, a power of two, more than two of the longest filters

enum { FILTER_CHEST = 1, FILTER_ABDOMEN = 2, FILTER_DARK = 4 }; // dark: neither, for longer than may be bridged

struct breath_filter {
    double cut_hz[FILTER_BANK];
    int half[FILTER_BANK];                 // delay in samples; 2 · half + 1 taps
    float h[FILTER_BANK][FILTER_TAPS_MAX]; // sum 1
    float raw[2][FILTER_RAW];
    uint8_t flags[FILTER_RAW];
    float level[2], last[2];
    int missing[2]; // samples in a row
    int64_t n;      // pushed
};

void breath_filter_design(struct breath_filter *filter);
void breath_filter_reset(struct breath_filter *filter);
void breath_filter_push(struct breath_filter *filter, const float x[2]); // NaN: not measured
// Entry of the bank for a wanted cut-off, staying with `now` while that is about right.
int breath_filter_choose(const struct breath_filter *filter, int now, double want_hz);
// Both compartments at sample i, which needs sample i + half[entry]. Returns the flags of the sample.
unsigned breath_filter_at(const struct breath_filter *filter, int entry, int64_t i, float y[2]);
// How much of a sine of this frequency passes, 0 … 1.
double breath_filter_gain(const struct breath_filter *filter, int entry, double hz);

static inline float breath_filter_raw(const struct breath_filter *filter, int which, int64_t i)
{
    return filter->raw[which][i & (FILTER_RAW - 1)];
}

#endif
