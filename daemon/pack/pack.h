// SPDX-License-Identifier: GPL-3.0-or-later
// How a pack moves and sits against the trunk: its vertical bounce at the step frequency relative to T12 (else C7, else
// the sternum), by how much its bounce comes after the trunk's, and its tilt. In: motion at 100 Hz (earth-vertical
// acceleration, tilts) and gait's step phase. Out: pack_result once a second, bounce and lag over the last steps while
// moving, tilts over the same steps or over 1 s when still. Method and errors: docs/pack.md. Pipeline thread; RT-safe.
#ifndef POISE_PACK_PACK_H
#define POISE_PACK_PACK_H

#include "core/setting.h"
#include "frames/motion.h"
#include "frames/output.h"

struct pack_params {
    int steps; // that bounce and lag cover
};
extern const struct setting pack_settings[];
extern const size_t n_pack_settings;

struct pack;

__attribute__((warn_unused_result)) int pack_create(struct pack **out, const struct pack_params *params);
void pack_destroy(struct pack *pack); // accepts NULL
void pack_step(struct pack *pack, const struct motion *motion, const struct gait_phase *phase);

// Every second of frames; true when result was filled, *index is the frame at the window's centre.
bool pack_pull(struct pack *pack, struct pack_result *result, int64_t *index);

#endif
