// SPDX-License-Identifier: GPL-3.0-or-later
// How each sensor sits on its segment: made by segment, published, kept in a file per subject and harness, and given
// back to segment as the event that opens a log. Everything a later run needs to read the same angles is in here.
#ifndef POISE_FRAMES_CALIBRATION_H
#define POISE_FRAMES_CALIBRATION_H

#include "frames/site.h"

#include <stdbool.h>
#include <stdint.h>

// Where a site's medio-lateral axis is known from.
enum calibration_axis { AXIS_MOUNT, AXIS_GAIT, AXIS_BOWS, N_CALIBRATION_AXES };
#define CALIBRATION_AXIS_NAMES                                                                                         \
    {                                                                                                                  \
        "mount", "gait", "bows", NULL                                                                                  \
    }

// What a `calibrate` command asks for.
enum calibrate_method {
    CALIBRATE_STAND,  // a quiet stand; the axis follows when the runner walks or runs
    CALIBRATE_BOWS,   // a quiet stand, then forward bows
    CALIBRATE_GAIT,   // a quiet stand, then walking or running until the axis is found
    CALIBRATE_TALL,   // a quiet stand as tall as the person can, kept beside the calibration in force
    CALIBRATE_CANCEL, // give up what is being taken; what is in force stays
    N_CALIBRATE_METHODS
};
#define CALIBRATE_METHOD_NAMES                                                                                         \
    {                                                                                                                  \
        "stand", "bows", "gait", "tall", "cancel", NULL                                                                \
    }

struct site_fit {
    double q_sensor_from_segment[4];
    double mount[9];      // of the source it was taken with: with another mount it means nothing
    float tilt_deg;       // between the mount's vertical and the one found
    float sway_deg;       // how far gravity's direction wandered in the stand, SD over its seconds
    int axis;             // enum calibration_axis
    float axis_turn_deg;  // about the vertical, from the mount's forward to the one found, left positive; 0: mount
    float axis_share;     // how plainly one axis stood out, 0.5 … 1; NaN: mount
    float tall_pitch_deg; // of the segment in the tall stand; NaN without one
    float tall_roll_deg;
};

struct calibration {
    uint32_t sites;       // SITE_BIT: has a fit
    uint32_t tall;        // SITE_BIT: has a tall reference
    int64_t taken_utc_ns; // when the stand ended, UTC_UNKNOWN_NS when the log does not tell
    int64_t tall_utc_ns;
    struct site_fit site[N_SITES];
};

#endif
