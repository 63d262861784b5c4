// SPDX-License-Identifier: GPL-3.0-or-later
// Makes motion blocks of a body with known tilt, bounce and breath, for the rooms behind segment.
#ifndef POISE_TESTS_MOTION_MAKER_H
#define POISE_TESTS_MOTION_MAKER_H

#include "dsp/units.h"
#include "frames/motion.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

// An empty block number k: sites valid, with gyro, upright.
static inline void motion_begin(struct motion *m, int64_t k, uint32_t sites)
{
    memset(m, 0, sizeof *m);
    m->index = k * FRAME_BLOCK_LEN + FRAME_BLOCK_LEN - 1;
    m->valid = m->has_yaw = m->worn = sites;
    m->calibrated = true;
    for (int s = 0; s < N_SITES; s++) {
        if (!(sites & SITE_BIT(s)))
            continue;
        m->up[s][2] = 1;
        m->acc[s][2] = 9.81F;
        m->q_world_from_segment[s][0] = 1;
        for (int f = 0; f < FRAME_BLOCK_LEN; f++)
            m->frame_valid[s][f] = FRAME_ACC | FRAME_GYRO | FRAME_ORIENT;
    }
}

// Tilts a site forward by pitch_deg.
static inline void motion_tilt(struct motion *m, int site, double pitch_deg)
{
    double rad = pitch_deg / DEG_PER_RAD;
    m->pitch_deg[site] = (float)pitch_deg;
    m->up[site][0] = (float)-sin(rad);
    m->up[site][2] = (float)cos(rad);
    m->acc[site][0] = (float)(-9.81 * sin(rad));
    m->acc[site][2] = (float)(9.81 * cos(rad));
}

#endif
