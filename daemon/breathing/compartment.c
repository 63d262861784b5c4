// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/compartment.h"

#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define PI         3.14159265358979323846
#define FIR_TAPS   41
#define FIR_CUT_HZ 6.0

void compartment_design(struct fir *fir)
{
    fir_design_low_pass(fir, FIR_TAPS, MOTION_RATE_HZ, FIR_CUT_HZ);
}

void compartment_init(struct compartment *c, int site, int spine_0, int spine_1)
{
    memset(c, 0, sizeof *c);
    c->site = site;
    c->spine[0] = spine_0;
    c->spine[1] = spine_1;
}

// Pitch of the compartment against the mean of the spine sites, which shares the trunk's own movement.
static bool relative_tilt(const struct compartment *c, const struct motion *m, float *tilt)
{
    float spine = 0;
    int n = 0;
    for (int i = 0; i < 2; i++)
        if (m->valid & m->has_yaw & SITE_BIT(c->spine[i])) {
            spine += m->pitch_deg[c->spine[i]];
            n++;
        }
    if (n == 0 || !(m->valid & m->has_yaw & SITE_BIT(c->site)))
        return false;
    *tilt = m->pitch_deg[c->site] - spine / (float)n;
    return true;
}

// Direction of gravity in the sensor, in degrees for small tilts. Without a gyro the specific force itself: orient's
// slow inclination would smooth the breath away. It need not be quiet enough for an angle.
static bool gravity_direction(const struct compartment *c, const struct motion *m, float direction[3])
{
    uint8_t frames = m->frame_valid[c->site][FRAME_BLOCK_LEN - 1];
    bool gyro = frames & FRAME_GYRO;
    if (gyro ? !(m->valid & SITE_BIT(c->site)) : !(frames & FRAME_ACC))
        return false;
    float scale = gyro ? (float)DEG_PER_RAD : (float)(DEG_PER_RAD / GRAVITY);
    for (int i = 0; i < 3; i++)
        direction[i] = scale * (gyro ? m->up[c->site][i] : m->acc[c->site][i]);
    return true;
}

bool compartment_push(const struct fir *fir, struct compartment *c, const struct motion *m)
{
    float x[COMPARTMENT_AXES] = {0};
    enum compartment_kind kind = COMPARTMENT_NONE;
    if (relative_tilt(c, m, &x[0]))
        kind = COMPARTMENT_RELATIVE;
    else if (c->kind != COMPARTMENT_RELATIVE && gravity_direction(c, m, x))
        kind = COMPARTMENT_GRAVITY;
    bool changed = kind != COMPARTMENT_NONE && kind != c->kind;
    if (kind != COMPARTMENT_NONE) {
        memcpy(c->last, x, sizeof x);
        c->good++;
    }
    if (changed) { // the filters start from the new level, not from a step
        c->kind = kind;
        for (int a = 0; a < COMPARTMENT_AXES; a++)
            for (int i = 0; i < fir->taps; i++)
                fir_push(fir, &c->fir[a], c->last[a]);
    }
    for (int a = 0; a < COMPARTMENT_AXES; a++)
        fir_push(fir, &c->fir[a], c->last[a]);
    return changed;
}

// Least-mean-squares canceller with the stride's harmonics as reference: a notch that follows every stride's own
// length, about 1 / (2 pi tau) wide. Widrow et al. 1975, "Adaptive noise cancelling".
static float cancel_gait(struct compartment *c, float x, const struct gait_phase *phase, double gain)
{
    double reference[CANCEL_WEIGHTS], rest = (double)x;
    for (int k = 0; k < CANCEL_WEIGHTS / 2; k++) {
        double angle = 2 * PI * (k + 1) * 0.5 * phase->step_turns; // a stride is two steps
        reference[2 * k] = cos(angle);
        reference[2 * k + 1] = sin(angle);
    }
    for (int k = 0; k < CANCEL_WEIGHTS; k++)
        rest -= c->weight[k] * reference[k];
    for (int k = 0; k < CANCEL_WEIGHTS; k++)
        c->weight[k] += gain * rest * reference[k];
    return (float)rest;
}

void compartment_sample(const struct fir *fir, struct compartment *c, uint64_t at, const struct gait_phase *phase,
                        double gain)
{
    for (int a = 0; a < COMPARTMENT_AXES; a++)
        c->ring[a][at % COMPARTMENT_RING] = fir_output(fir, &c->fir[a]);
    if (phase->moving && c->kind == COMPARTMENT_RELATIVE) {
        float *x = &c->ring[0][at % COMPARTMENT_RING];
        *x = cancel_gait(c, *x, phase, gain);
    } else {
        memset(c->weight, 0, sizeof c->weight);
    }
    c->measured[at % COMPARTMENT_RING] = (unsigned char)c->good;
    c->good = 0;
}

float compartment_window(const struct compartment *c, uint64_t at, int n, int axis, float *out)
{
    int good = 0;
    for (int i = 0; i < n; i++) {
        uint64_t k = (at - (uint64_t)n + (uint64_t)i) % COMPARTMENT_RING;
        out[i] = c->ring[axis][k];
        good += c->measured[k];
    }
    return (float)good / (float)(n * BLOCKS_PER_SAMPLE);
}
