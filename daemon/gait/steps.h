// SPDX-License-Identifier: GPL-3.0-or-later
// Steps of the body from the best worn trunk site: contacts (contacts.h) get their foot (side.h) 200 ms after the
// instant and go out as events; a step is complete with the next contact, or 1.5 s after its own when none comes.
// In walking a foot lifts a quarter of a step after the other one's contact: that is a population's mean, not measured.
// Internal to the room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_STEPS_H
#define POISE_GAIT_STEPS_H

#include "frames/motion.h"
#include "gait/contacts.h"
#include "gait/side.h"

#define STEPS_QUEUE 8

struct steps {
    struct contacts contacts;
    struct side side;
    int site;                         // followed, -1: none
    int missing;                      // blocks in a row without it
    struct step pending[STEPS_QUEUE]; // known, oldest first: their foot, their end, or both are awaited
    bool judged[STEPS_QUEUE];
    int n_pending;
    struct step contact_out[STEPS_QUEUE], step_out[STEPS_QUEUE];
    int n_contact_out, n_step_out;
};

void steps_reset(struct steps *steps);
void steps_step(struct steps *steps, const struct motion *motion, const struct gait_phase *phase);
// Events in order of their contact; call until false after every block.
bool steps_pull_contact(struct steps *steps, struct step *step);
bool steps_pull_step(struct steps *steps, struct step *step);

#endif
