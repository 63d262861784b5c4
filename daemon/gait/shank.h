// SPDX-License-Identifier: GPL-3.0-or-later
// Contact and toe-off of one foot from an accelerometer at its shank or foot, sample by sample at 100 Hz. At toe-off
// the acceleration along the leg falls as it does nowhere else in the stride: that anchors the stride. The contact is
// the burst of jerk about half a second later, when the swing, whose length hardly depends on speed, is over. No axis
// but the mean force's is used, so the mounting and the sign of the axes do not matter. Chosen and measured on
// shank_walk_run_grf, docs/running-dynamics.md. Internal to the room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_SHANK_H
#define POISE_GAIT_SHANK_H

#include <stdbool.h>
#include <stdint.h>

#define SHANK_RING    128 // samples of 10 ms
#define SHANK_TAPS    32
#define SHANK_ANCHORS 4

struct shank_kernel {
    int half; // its delay in samples
    float tap[SHANK_TAPS];
};

struct shank_input {
    int64_t index; // frame number of the block's last frame
    float acc[3];  // m/s^2, any fixed axes, block mean
    float up;      // along the mean force, gravity removed, block mean
};

struct shank_found {
    bool contact, toe_off;
    double contact_frame, toe_off_frame;
    float confidence;
    bool running;
};

struct shank {
    struct shank_kernel fall_kernel, jerk_kernel, burst_kernel;
    uint64_t n;          // samples so far
    double newest_frame; // centre of the newest sample
    float up[SHANK_RING], acc[3][SHANK_RING];
    float fall[SHANK_RING], jerk[SHANK_RING], burst[SHANK_RING];
    double mean[3], power; // of the acceleration, one-pole
    bool running;
    float height[SHANK_ANCHORS]; // of the latest anchors
    int n_heights;
    double anchor, last_anchor; // frames
    double stride;              // between anchors, frames, 0: not known
    bool searching;             // for the contact that follows the anchor
};

void shank_reset(struct shank *shank);
// False when nothing was found at this sample. A contact is told at most 250 ms after it, a toe-off half a second.
bool shank_step(struct shank *shank, const struct shank_input *input, struct shank_found *found);

#endif
