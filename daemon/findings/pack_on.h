// SPDX-License-Identifier: GPL-3.0-or-later
// A side lean that begins with the pack: the trunk's side lean in the minute before the pack went on ("pack on" is
// marked, or the pack's sensor begins to deliver), against that since. Internal to the room. RT-safe.
#ifndef POISE_FINDINGS_PACK_ON_H
#define POISE_FINDINGS_PACK_ON_H

#include <stdbool.h>
#include <stdint.h>

struct pack_on {
    bool on;
    double before_deg, before_s; // exponential mean without the pack, and how much went in
    double with_deg, with_s;     // since
};

void pack_on_init(struct pack_on *pack_on);
void pack_on_put(struct pack_on *pack_on, bool on);
// Every step_s; side_lean_deg may be NaN.
void pack_on_step(struct pack_on *pack_on, double side_lean_deg, double step_s);
// What the pack added; NaN: not known.
double pack_on_lean_deg(const struct pack_on *pack_on);

#endif
