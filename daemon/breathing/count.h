// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the breaths of a window in the band that the spectrum chose: the channels are added with the weights that suit
// the line there, band-passed about it, and their crossings of zero counted. Where breaths vary, the count is the rate,
// and the highest line of the spectrum is not. Internal to the room. RT-safe after create.
#ifndef POISE_BREATHING_COUNT_H
#define POISE_BREATHING_COUNT_H

#include "breathing/window.h"
#include "dsp/fft_filter.h"

#define CROSSINGS_MAX 128

struct breath_counter {
    struct fft_filter *filter;
    double crossing[2][CROSSINGS_MAX]; // instants in samples of the window: upward, downward
    int n_crossings[2];
    float sum[BREATH_RING], band[BREATH_RING];
    float gain[BREATH_RING + 1]; // of FILTER_N_FFT / 2 + 1 bins
};

struct breath_count {
    double rate_hz; // of the whole window; NaN: fewer than three crossings
    double here_hz; // about its centre: 20 s, or four breaths when they are slow; NaN: there are not so many
    double here_s;  // how long that stretch is
    int breaths;
    double share; // of the added channels' power that lies in the band
};

__attribute__((warn_unused_result)) int breath_counter_create(struct breath_counter **out);
void breath_counter_destroy(struct breath_counter *counter); // accepts NULL

// Counts breaths of rates between slow_hz and fast_hz (the same for one line, of which line_hz weighs the channels).
void breath_counter_run(struct breath_counter *counter, const struct breath_window *window, double line_hz,
                        double slow_hz, double fast_hz, struct breath_count *count);

#endif
