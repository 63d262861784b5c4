// SPDX-License-Identifier: GPL-3.0-or-later
// From peaks and troughs to breaths: what is too short is joined, what is unbalanced (a posture step) or far too large
// is not good; onset and end of the inspiration are read where the signal is steep and carried to the ends by the
// shape of a half-sine flow. Also what the breaths before were like: amplitude, interval, variability.
// Internal to the room. RT-safe.
#ifndef POISE_BREATHING_BREATH_CHAIN_H
#define POISE_BREATHING_BREATH_CHAIN_H

#include "breathing/breath_history.h"

#include <stdbool.h>

#define CHAIN_BREATHS    4
#define CHAIN_AMPLITUDES 12
#define CHAIN_INTERVALS  20

struct chain_breath {
    struct extremum trough, peak; // trough: before the inspiration
    double onset, middle, end;    // samples; middle: half of the rise
    float rise;
    bool peaked; // the peak is known
    bool good;   // known with the next trough
    bool held;   // a hold lies in it
    bool told;   // it went out already
};

struct breath_chain {
    struct chain_breath breath[CHAIN_BREATHS]; // oldest first
    int n;
    float rise[CHAIN_AMPLITUDES], fall[CHAIN_AMPLITUDES];
    int n_amplitudes;
    float onset_s[CHAIN_INTERVALS], middle_s[CHAIN_INTERVALS]; // intervals between good breaths without holds
    int n_intervals;
};

void chain_reset(struct breath_chain *chain);
void chain_break(struct breath_chain *chain);  // no breath across this point
void chain_forget(struct breath_chain *chain); // breaks, and what the breaths were like is not known any more
void chain_shift(struct breath_chain *chain, float shift);

// amplitude: as used for the zigzag's height. held: a hold lies between the former trough and this one.
void chain_trough(struct breath_chain *chain, const struct extremum *trough, const struct extremum *peak,
                  float amplitude, bool held);
// True when the breath before the one that peaks here is finished: *done, and the onset that follows it.
bool chain_peak(struct breath_chain *chain, const struct breath_history *x, const struct extremum *peak,
                float amplitude, double rate_hz, struct chain_breath *done, double *next);

float chain_amplitude(const struct breath_chain *chain);   // median rise; NaN before three breaths
double chain_interval_s(const struct breath_chain *chain); // median of the last five; NaN before three
double chain_mean_interval_s(const struct breath_chain *chain, double over_s);
// Whether intervals of the last seconds reach from below to above the wanted one, give or take a factor.
bool chain_has_interval(const struct breath_chain *chain, double wanted_s, double within, double over_s);
// The last breaths fall as far as they rose and are alike in depth, which noise is not: each of them is one. False
// before six.
bool chain_is_even(const struct breath_chain *chain);
// NaN before ten intervals. Lengths that missed or invented breaths would explain are left out, unless none is feared.
float chain_cv_pct(const struct breath_chain *chain, bool sure);

#endif
