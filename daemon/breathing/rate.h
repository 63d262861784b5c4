// SPDX-License-Identifier: GPL-3.0-or-later
// The breathing rate of one window: the fused spectrum of chest and abdomen chooses the line (whitened by frequency
// while moving, because drift of posture grows towards 0; octave checked), the breaths in the band about it are
// counted; how plainly the line stands out is the confidence. Internal to the room. RT-safe after create.
#ifndef POISE_BREATHING_RATE_H
#define POISE_BREATHING_RATE_H

#include "breathing/count.h"
#include "breathing/window.h"

struct rate_estimate {
    double rate_hz; // at the window's centre; NaN when it cannot be known
    double span_s;  // of the breaths behind it
    double line_hz; // of the spectrum; NaN without a band or a peak
    double confidence;
};

// params: the limits of the search and the least confidence.
void rate_estimate(struct rate_estimate *estimate, const struct breath_window *window, struct breath_counter *counter,
                   const struct breathing_params *params);

// Depths, peak to peak, of chest and abdomen in the band about a rate; share and phase (degrees, chest after abdomen
// positive; NaN where the sign of an axis is not known or there is no common line). axis gets the unit vector along
// which each compartment moves with the breath, inspiration positive where the kind tells.
struct rate_depths {
    float depth[N_COMPARTMENTS], chest_share, phase_deg;
    double axis[N_COMPARTMENTS][BREATH_AXES];
    bool has_axis[N_COMPARTMENTS];
};
void rate_depths(struct rate_depths *depths, const struct breath_window *window, const enum breath_kind kind[],
                 double rate_hz);

#endif
