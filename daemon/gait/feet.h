// SPDX-License-Identifier: GPL-3.0-or-later
// Both feet, when sensors are worn there: their contacts in order, steps (to the next contact of the other foot when
// that is worn too), eversion, and the side of a contact that the trunk told. Internal to the room. RT-safe; the
// caller owns the struct.
#ifndef POISE_GAIT_FEET_H
#define POISE_GAIT_FEET_H

#include "gait/foot.h"

#define FEET_QUEUE   4
#define FEET_LATE_MS 200 // feet_side needs so much time after the contact

struct feet {
    struct foot_sensor foot[2]; // by enum foot
    uint32_t worn;
    int64_t index;
    struct step open[FEET_QUEUE]; // contacts whose step is not complete, oldest first
    int n_open;
    struct step contact_out[FEET_QUEUE], step_out[FEET_QUEUE];
    int n_contact_out, n_step_out;
};

void feet_reset(struct feet *feet);
void feet_push(struct feet *feet, const struct motion *motion); // every block
// Call until false after every block; in order of the contacts of each foot. step: next_frame is NaN when the other
// foot is not worn.
bool feet_pull_contact(struct feet *feet, struct step *step);
bool feet_pull_step(struct feet *feet, struct step *step);
// Which foot made a contact FEET_LATE_MS ago that was found elsewhere: the one that stands while the other swings.
// FOOT_UNKNOWN when no foot with a gyro is worn or the two do not differ.
int feet_side(const struct feet *feet, double contact_frame, float *confidence);
// Stride frequency by the feet's own contacts, 0 when there are none: tells the stride from its harmonics.
double feet_stride_hz(const struct feet *feet);
float feet_eversion_deg(const struct feet *feet, enum foot foot);

#endif
