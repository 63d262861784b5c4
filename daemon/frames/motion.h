// SPDX-License-Identifier: GPL-3.0-or-later
// What crosses the doors behind orient: motion in segment axes, 100 Hz, one struct per frame block, and the gait phase
// that gait hands to posture and breathing. All instants are that of the block's last frame.
#ifndef POISE_FRAMES_MOTION_H
#define POISE_FRAMES_MOTION_H

#include "frames/frame_block.h"

#include <stdbool.h>
#include <stdint.h>

#define MOTION_RATE_HZ 100.0

// Of each segment (segment axes in the upright stand: x forward, y left, z up). Angles from gravity in these axes:
// pitch > 0 upper end forward, roll > 0 upper end to the subject's right; yaw > 0 to the left, heading arbitrary.
struct motion {
    int64_t index;    // frame number of the block's last frame
    uint32_t valid;   // SITE_BIT: pitch, roll and up are usable at this instant
    uint32_t has_yaw; // SITE_BIT: yaw and rate too (there is a gyro)
    uint32_t worn;    // SITE_BIT: ever delivered
    uint32_t slipped; // SITE_BIT: moved on the body since the calibration; its angles are off by an unknown amount
    bool calibrated;
    uint32_t turned; // raised whenever a calibration turned the axes: what is relative to the old ones starts anew
    bool restarted;  // the grid jumped before this block: filters must start anew
    float pitch_deg[N_SITES], roll_deg[N_SITES], yaw_deg[N_SITES];
    float up[N_SITES][3];   // world's up in segment axes
    float rate[N_SITES][3]; // rad/s, segment axes, mean over the block
    float acc[N_SITES][3];  // m/s^2, segment axes, mean over the block's valid frames
    uint32_t has_level;     // SITE_BIT: acc_level is usable, for taking gravity out well enough also where valid is not
    float acc_level[N_SITES][3]; // m/s^2, forward, left and up by the segment's heading, gravity removed; block mean
    float q_world_from_segment[N_SITES][4];
    uint8_t frame_valid[N_SITES][FRAME_BLOCK_LEN]; // FRAME_* bits as in the block
    float acc_up[N_SITES][FRAME_BLOCK_LEN];        // m/s^2, earth-vertical, gravity removed; 0 where not valid
};

// Where in the step the runner is, from gait's tracked step frequency. Continuous while moving.
struct gait_phase {
    bool moving;       // a step frequency is being tracked
    float step_hz;     // tracked step frequency, 0 when not moving
    double step_turns; // step phase in turns since moving began: +1 per step; two steps make a stride
    int activity;      // enum activity (frames/output.h)
};

// One foot's time on the ground, as gait tells it: begun when the contact is known, complete when the next contact is,
// or when none came for 1.5 s.
enum foot { FOOT_UNKNOWN = -1, FOOT_LEFT, FOOT_RIGHT };
struct step {
    double contact_frame; // initial contact in frames of 1 ms, fractional
    double toe_off_frame; // NaN: not known
    double next_frame;    // the next contact; NaN: none came
    int foot;             // enum foot
    float confidence;     // of the contact, 0 … 1
    bool running;
};

#endif
