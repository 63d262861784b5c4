// SPDX-License-Identifier: GPL-3.0-or-later
// Notices a sensor that slips on the body: its mean gravity over whole strides steps from one steady level to another
// while its neighbours stay. A posture moves several segments, and gradually; a strap gives way at once and stays where
// it is. Heads, shoulders, packs, wrists and feet move on their own and are not watched, but a head or shoulder that
// stays is a witness. Internal to the room; 100 Hz; RT-safe; the caller owns the struct.
#ifndef POISE_SEGMENT_SLIP_H
#define POISE_SEGMENT_SLIP_H

#include "frames/motion.h"

#define SLIP_WINDOWS 16 // of a second or the next whole stride

struct slip_window {
    bool moving;
    uint32_t sites;         // SITE_BIT: mean is good
    float tilt[N_SITES][2]; // pitch and roll, degrees, mean
};

struct slip {
    double sum[N_SITES][2];
    int n[N_SITES], frames;
    double stride; // stride count at the latest frame
    struct slip_window window[SLIP_WINDOWS];
    uint64_t windows; // so far
};

void slip_reset(struct slip *slip);
// One block. SITE_BITs of sensors found to have slipped just now; by[site] gets by how many degrees.
uint32_t slip_step(struct slip *slip, const struct motion *motion, const struct gait_phase *phase, float by[N_SITES]);

#endif
