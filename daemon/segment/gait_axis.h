// SPDX-License-Identifier: GPL-3.0-or-later
// The medio-lateral axis from gait. A walking trunk is pushed forward and back once per step and sideways once per
// stride, so the horizontal specific force at the step frequency lies on the fore-aft line: over blocks of six steps
// (an even number keeps the two frequencies apart) the force is correlated with the step phase, and the line is the
// principal axis of the real part of its outer product. The part in quadrature to the vertical force is immune to an
// error of the level and tells forward from backward: forward in walking, backward in running. A sternum, spine or
// pelvis is asked only when a second sign (force at the stride frequency, rate at the step frequency) agrees.
// Chosen on real walking and running, docs/calibration.md; a plain principal axis of the rate is wrong for a trunk.
// Internal to the room; 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_SEGMENT_GAIT_AXIS_H
#define POISE_SEGMENT_GAIT_AXIS_H

#include "frames/motion.h"

#define AXIS_HARMONICS  4 // of half the step frequency: stride, step, and one above each
#define AXIS_BLOCKS     4 // sound blocks of walking that are enough …
#define AXIS_BLOCKS_RUN 6 // … and of running

struct axis_complex {
    double re, im;
};

// Sums of one signal over a block: plain, and against each harmonic's phase.
struct axis_signal {
    double sum, squared;
    struct axis_complex at[AXIS_HARMONICS];
};

enum axis_signal_name { AXIS_FORCE_X, AXIS_FORCE_Y, AXIS_FORCE_Z, AXIS_RATE_X, AXIS_RATE_Y, N_AXIS_SIGNALS };

// What sound blocks add up to, apart for walking and running. Symmetric matrices as xx, xy, yy.
struct axis_evidence {
    int blocks;
    double force_step[3];   // Re of the force's outer product at the step frequency
    double force_stride[3]; // at the stride frequency and its third multiple
    double rate_step[3];
    double push[2]; // force in quadrature to the vertical
    double push_outer[3];
    struct axis_complex doubled; // sum of the blocks' axes as unit vectors at twice the angle
};

struct gait_axis {
    int frames;        // of the current block; 0: none yet
    double from_turns; // step phase where it began
    int activity;
    struct axis_complex carrier[AXIS_HARMONICS]; // sums of the phase alone
    int step_frames, shortest, longest;          // of single steps, in frames of 10 ms
    uint32_t whole;                              // SITE_BIT: nothing missing since the block began
    struct {
        struct axis_signal signal[N_AXIS_SIGNALS];
        double turn_rad; // about the vertical over the block
        struct axis_evidence walk, run;
    } site[N_SITES];
};

struct axis_found {
    double turn_rad; // from the present forward to the one found, left positive
    float share;     // of the larger eigenvalue, 0.5 … 1
    bool from_walking;
    bool reversed; // the runner goes backward by this sensor: the mount is wrong, turn_rad means nothing
};

void gait_axis_reset(struct gait_axis *axis);
void gait_axis_forget(struct gait_axis *axis, int site); // its evidence, when its axes were turned
// One block of motion with its phase. wanted: SITE_BIT of the sites whose axis is looked for. True when there may be
// new evidence.
bool gait_axis_step(struct gait_axis *axis, const struct motion *motion, const struct gait_phase *phase,
                    uint32_t wanted);
// True when there is a conclusion for the site.
bool gait_axis_find(const struct gait_axis *axis, int site, struct axis_found *found);
float gait_axis_progress(const struct gait_axis *axis, uint32_t sites); // best site's, 0 … 1
uint32_t gait_axis_able(void);                                          // SITE_BIT: sites for which gait can tell

#endif
