// SPDX-License-Identifier: GPL-3.0-or-later
// Contact, toe-off and eversion of one foot from the sensor worn on it. With a gyro the foot's own pitch
// rate tells, of either sign: it is small while the sole is flat, the slap before that follows the contact, the turn
// after it holds the toe-off. An everting foot rolls meanwhile, so the size of the whole rate would not do.
// Without one: shank.h. Eversion: eversion.h. Internal to the room.
// RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_FOOT_H
#define POISE_GAIT_FOOT_H

#include "frames/motion.h"
#include "gait/eversion.h"
#include "gait/shank.h"

#define FOOT_RING    128 // samples of 10 ms
#define FOOT_STRIDES 4

struct foot_found {
    bool contact, toe_off;
    double contact_frame, toe_off_frame;
    float confidence;
    bool running;
};

struct foot_sensor {
    struct shank shank;
    bool gyro;
    int missing;              // blocks in a row without it
    uint64_t n;               // samples so far
    double newest_frame;      // centre of the newest sample
    float pitch[FOOT_RING];   // rad/s, about the y axis
    float quick[FOOT_RING];   // size of pitch, low-passed
    float top;                // decaying maximum of quick
    bool flat, lifting;       // sole on the ground; heel off and toe-off awaited
    int small_for, large_for; // samples below or above the limit
    uint64_t lift_from;
    float lift_top, lift_sign; // fastest turn since the heel came off
    float lifted;              // rad, the whole turn
    double lift_frame;
    double contact;              // the latest, frames
    double event[2];             // latest contact and toe-off, for the strides between them
    double stride[FOOT_STRIDES]; // frames, newest first
    int n_strides;
    struct eversion eversion[2]; // the second for a sensor that was put on the other way round
};

void foot_reset(struct foot_sensor *foot);
bool foot_step(struct foot_sensor *foot, const struct motion *motion, int site, struct foot_found *found);
// NaN without a gyro, too.
float foot_eversion_deg(const struct foot_sensor *foot);
// From the median of the last strides; 0 before there are two.
double foot_stride_hz(const struct foot_sensor *foot);
// How fast the foot turned in this stretch against its usual top: 0 it stood, 1 it swung; NaN: not known.
double foot_turning(const struct foot_sensor *foot, double from_frame, double to_frame);

#endif
