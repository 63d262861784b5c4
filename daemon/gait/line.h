// SPDX-License-Identifier: GPL-3.0-or-later
// The mean rate of a known line over a window, from the phase of the line: each site's signal is turned back by the
// frequency the spectrum found and averaged over one stride, which leaves the line's own slow phase; a straight line
// through it is what the frequency was wrong by. The spectrum's peak shows the middle of its window, this all of it.
// The bend of the phase tells whether the rate was steady. Sites are added by their phase's advance, so that no delay
// between them matters. Internal to the room. RT-safe.
#ifndef POISE_GAIT_LINE_H
#define POISE_GAIT_LINE_H

#define LINE_HOP    5 // samples between two points of the phase
#define LINE_POINTS (1024 / LINE_HOP + 1)

struct line {
    int n, box, n_points;
    double carrier_turns_per_sample;
    double re[LINE_POINTS], im[LINE_POINTS]; // advance of the phase to the next point, all sites
    double power[LINE_POINTS];
    double turns[LINE_POINTS]; // the phase against the carrier, after line_end
};

struct line_fit {
    double hz;         // mean rate, least squares
    double bend_turns; // root mean square of what is left of the phase
    double dip;        // power at the weakest point as a share of the mean
};

// Windows of n samples at 100 Hz follow; box_s is the stride's duration.
void line_begin(struct line *line, int n, double carrier_hz, double box_s);
void line_add(struct line *line, const float *x, double weight);
void line_end(struct line *line);
// Over the newest n samples of the window (all of it: line.n). hz is 0 when they hold less than two strides.
struct line_fit line_fit(const struct line *line, int n);
// Mean rate of the newest `most` turns, or of as many as the window holds if they are `least`; else 0.
double line_latest(const struct line *line, double most, double least);

#endif
