// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/zigzag.h"

#include <string.h>

void zigzag_reset(struct zigzag *z)
{
    memset(z, 0, sizeof *z);
}

void zigzag_shift(struct zigzag *z, float shift)
{
    z->peak.x += shift;
    z->trough.x += shift;
    z->top.x += shift;
}

// Which of the two came first is not known yet: no event, what began before the signal began is no breath.
static void find_direction(struct zigzag *z, const struct extremum *now, float height)
{
    if (!z->begun) {
        z->peak = z->trough = *now;
        z->begun = true;
    }
    if (now->x > z->peak.x)
        z->peak = *now;
    if (now->x < z->trough.x)
        z->trough = *now;
    if (now->x - z->trough.x > height) {
        z->direction = 1;
        z->peak = *now;
    } else if (z->peak.x - now->x > height) {
        z->direction = -1;
        z->top = z->peak;
        z->trough = *now;
    }
}

enum zigzag_event zigzag_step(struct zigzag *z, int64_t i, float x, float height)
{
    const struct extremum now = {i, x};
    if (z->direction == 0) {
        find_direction(z, &now, height);
    } else if (z->direction > 0) {
        if (x > z->peak.x) {
            z->peak = now;
        } else if (z->peak.x - x > height) {
            z->direction = -1;
            z->top = z->peak;
            z->trough = now;
            return ZIGZAG_PEAK;
        }
    } else if (x < z->trough.x) {
        z->trough = now;
    } else if (x - z->trough.x > height) {
        z->direction = 1;
        z->peak = now;
        return ZIGZAG_TROUGH;
    }
    return ZIGZAG_NONE;
}
