// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/movement.h"

#include <math.h>
#include <string.h>

#define LEARNT_PER_S 0.1

static double project(const struct movement *m)
{
    double sum = m->base;
    for (int a = 0; a < BREATH_AXES; a++)
        sum += m->axis[a] * (double)m->x[a];
    return sum;
}

// Against the spine and on a band the axis is known before anything was learnt: breathing in tilts the upper end
// backward, and widens the band.
static void begin(struct movement *m, enum breath_kind kind)
{
    memset(m, 0, sizeof *m);
    m->kind = kind;
    m->has_axis = m->has_sign = kind == BREATH_RELATIVE || kind == BREATH_BAND;
    m->axis[kind == BREATH_RELATIVE ? 1 : 0] = kind == BREATH_RELATIVE ? -1 : 1;
}

float movement_of(struct movement *m, const struct breath_channel *channel, bool moving)
{
    if (channel->kind != m->kind)
        begin(m, channel->kind);
    memcpy(m->x, channel->x, sizeof m->x);
    bool serves = channel->kind != BREATH_NONE && !(moving && channel->kind == BREATH_GRAVITY);
    return serves && m->has_axis && channel->measured >= 0.5F ? (float)project(m) : NAN;
}

void movement_learn(struct movement *m, const struct rate_depths *depths, int compartment)
{
    if (!depths->has_axis[compartment] || m->kind == BREATH_NONE)
        return;
    const double *axis = depths->axis[compartment];
    double along = 0, norm = 0, before = project(m);
    for (int a = 0; a < BREATH_AXES; a++)
        along += axis[a] * m->axis[a];
    double sign = along < 0 && m->has_axis ? -1 : 1, weight = m->has_axis ? LEARNT_PER_S : 1;
    for (int a = 0; a < BREATH_AXES; a++) {
        m->axis[a] += weight * (sign * axis[a] - m->axis[a]);
        norm += m->axis[a] * m->axis[a];
    }
    for (int a = 0; a < BREATH_AXES; a++)
        m->axis[a] /= sqrt(norm);
    if (m->has_axis)
        m->base += before - project(m);
    m->has_axis = true;
}
