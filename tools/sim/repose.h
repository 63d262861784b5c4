// SPDX-License-Identifier: GPL-3.0-or-later
// Standing, sitting, lying and the ways between them. Sitting down and getting up the trunk leans forward and the hips
// go down and back; lying, the whole body with all its own motion is turned as one: backward onto its back and about
// its long axis. Angles of sites and their derivatives stay those of the body's own axes until that common turn is put
// on top, so nothing is singular where a pitch reaches 90°. Smooth to the second derivative.
#ifndef POISE_SIM_REPOSE_H
#define POISE_SIM_REPOSE_H

#include "sim/body.h"

#include <stdbool.h>

struct repose {
    struct motion3 lean;       // of the trunk, between standing and sitting, rad
    struct motion3 back, down; // of the hips, m; the feet stay
    struct motion3 pitch;      // of the whole body, rad; −π/2 on the back
    struct motion3 side;       // then about its own long axis, to the left
    bool lying;                // pitch is not 0
};

bool repose_is_in(const struct scenario *scenario); // whether anybody sits or lies
void repose_at(const struct scenario *scenario, double t_s, struct repose *repose);

// The lean: pitch of a site and what it moves, on top of the posture.
double repose_lean_share(enum site site);
void repose_lean(enum site site, const struct repose *repose, struct motion3 moved[3]);

// The body's common motion on top of state, whose acceleration is that of `moved`; all but the feet go with the hips.
void repose_apply(enum site site, const struct repose *repose, const struct motion3 moved[3], struct body_state *state);

#endif
