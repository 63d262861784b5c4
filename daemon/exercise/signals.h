// SPDX-License-Identifier: GPL-3.0-or-later
// What a part is measured by: one angle in degrees (two where left and right move by themselves), and beside it angles
// that say how well it is done. Out: one reading per block; NaN while a site is missing, short gaps bridged. Angles are
// of segments against each other; the rest is taken off by whoever counts. Internal to the room; 100 Hz; RT-safe; the
// caller owns the struct.
#ifndef POISE_EXERCISE_SIGNALS_H
#define POISE_EXERCISE_SIGNALS_H

#include "exercise/axial.h"
#include "frames/exercise.h"

#define SIGNAL_ASIDE 3 // angles beside the one that counts

enum measure {
    MEASURE_NONE,
    MEASURE_TURN,    // thorax against the pelvis, left positive
    MEASURE_NECK,    // head against c7, left positive
    MEASURE_EXTEND,  // c7 against t12, backward positive
    MEASURE_SQUEEZE, // both shoulders against c7, backward positive
    MEASURE_CIRCLES, // each wrist's angle in its sagittal plane, unwrapped
    MEASURE_ROLLS,   // each shoulder's elevation against c7
    MEASURE_SWING,   // each wrist's angle in its sagittal plane, unwrapped
    MEASURE_BREATH,  // chest, abdomen: tilt against the spine
    N_MEASURES
};

struct reading {
    float x[2]; // second: right, or the abdomen
    float aside[SIGNAL_ASIDE];
};

struct signals {
    enum measure measure;
    uint32_t worn; // what the assessment began with
    int upper, base;
    struct axial axial[2]; // of upper and base
    float unwrapped[2];
    uint32_t turned; // calibrations so far …
    float level[2];  // … and what is added to each channel since the last
    struct reading last;
    int missing[2]; // blocks in a row, of each channel
};

// What it is measured by, and the names of the angles aside, NULL-terminated unless there are SIGNAL_ASIDE.
enum measure signals_of(int exercise, int part);
const char *const *signals_aside(enum measure measure);
int signals_channels(enum measure measure);
bool signals_is_turn(enum measure measure); // about the body's long axis
// The sites without which a channel has no angle, given what is worn; 0: cannot be measured at all with these.
uint32_t signals_sites(enum measure measure, uint32_t worn, int channel);
// Which of these sites must have a gyro.
bool signals_need_gyro(enum measure measure);
// The site whose tilt tells that the whole body moved, or -1.
int signals_base(enum measure measure, uint32_t worn);

void signals_begin(struct signals *signals, enum measure measure, uint32_t worn);
// The rest is here: what is integrated starts anew from 0.
void signals_rest(struct signals *signals, const struct motion *motion);
// Whether the rest is the same after a gap: gravity tells the angle.
bool signals_keep_rest(const struct signals *signals);
void signals_step(struct signals *signals, const struct motion *motion, struct reading *reading);

#endif
