// SPDX-License-Identifier: GPL-3.0-or-later
// What the body does in one step and one stride, measured on its own exact motion: peaks and ranges of sacrum and pack
// over the step, and over the stride the arms' swing against the thorax (principal axis of the relative rate, its
// integral peak to peak).
#ifndef POISE_SIM_TRUTH_GAIT_H
#define POISE_SIM_TRUTH_GAIT_H

#include "sim/body.h"

#include <stdbool.h>
#include <stdio.h>

struct step_figures {
    struct timeline_step step;
    double vertical_oscillation_mm;     // of the sacrum, from this contact to the next
    double impact_g, peak_g, braking_g; // of the sacrum: specific force upward in the shock, in all; backward
    double pack_bounce_mm, pack_lag_ms; // against T12 at the step frequency; NAN: no bounce to be late
};

struct arm_figures {                // of one side; NAN: not known
    double swing_deg, crossing_deg; // crossing: the yaw of the swing's plane, positive inward
};

#define STRIDE_VALUES 400

struct truth_gait {
    struct body *body;
    struct body_cursor sacrum, t12, pack, c7, wrist[2]; // left, right
    struct step_figures now;                            // of the step that runs
    double rate[2][STRIDE_VALUES][3];                   // wrists against the thorax in its heading, rad/s
    int n_rates;
    struct arm_figures arm[2]; // of the last whole stride
};

void truth_gait_init(struct truth_gait *gait, struct body *body);
// At the start of each step, with it; keeps a copy.
void truth_gait_begin_step(struct truth_gait *gait, const struct timeline_step *step);
// Every step_s; the stride ends with the right foot's contact.
void truth_gait_remember(struct truth_gait *gait, double t_s);
void truth_gait_end_stride(struct truth_gait *gait, bool moving, double step_s);

// Keys of the contact event and of the line, each after a comma.
void truth_gait_print_contact(const struct truth_gait *gait, FILE *to, double mono_s, bool running);
void truth_gait_print_line(const struct truth_gait *gait, FILE *to, double t_s, bool moving);

#endif
