// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/foot.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define FRAMES        10.0
#define SMOOTH_HALF   3 // quick = rate through 1 2 3 4 3 2 1, so delayed by so many samples
#define MISSING_MAX   20
#define TOP_DECAY     0.995F // per sample: a third after 2.2 s
#define TOP_MIN       2.5F   // rad/s; slower feet do not walk
#define FLAT_SHARE    0.16F  // of the top, below which the sole is flat
#define FLAT_SAMPLES  4
#define SLAP_SHARE    0.3F // of the top: a slap between contact and flat sole
#define SLAP_SAMPLES  20   // from contact to flat sole at most
#define NO_SLAP_MS    30.0 // contact before the flat sole when the forefoot lands
#define LIFT_SHARE    0.5F // of the top: the turn at toe-off
#define LIFT_FALL     0.85F
#define SWING_MIN     250.0 // frames from toe-off to contact; the rate has still moments in between
#define STRIDE_MIN    350.0 // frames, contact to contact
#define STRIDE_MAX    2400.0
#define STANCE_MAX    1200.0 // frames
#define RUN_STANCE_MS 380.0
#define CONFIDENCE    0.8F

void foot_reset(struct foot_sensor *f)
{
    memset(f, 0, sizeof *f);
    shank_reset(&f->shank);
    f->contact = NAN;
    f->lift_frame = f->event[0] = f->event[1] = -1e9;
}

static float at(const float ring[FOOT_RING], uint64_t k)
{
    return ring[k % FOOT_RING];
}

static double frame_of(const struct foot_sensor *f, uint64_t k) // of a sample of quick
{
    return f->newest_frame - FRAMES * ((double)(f->n - 1 - k) + SMOOTH_HALF);
}

static void note_roll(struct foot_sensor *f, float turning, float roll_deg)
{
    eversion_push(&f->eversion[0], turning, roll_deg);
    eversion_push(&f->eversion[1], -turning, roll_deg);
}

static void note(struct foot_sensor *f, const struct motion *m, int site)
{
    const float *w = m->rate[site];
    uint64_t k = f->n++;
    f->rate[k % FOOT_RING] = sqrtf(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    note_roll(f, w[1], m->valid & SITE_BIT(site) ? m->roll_deg[site] : NAN);
    float sum = 0;
    for (int i = -SMOOTH_HALF; i <= SMOOTH_HALF; i++)
        sum += (float)(SMOOTH_HALF + 1 - (i < 0 ? -i : i)) * at(f->rate, k - SMOOTH_HALF + (uint64_t)i + FOOT_RING);
    f->quick[k % FOOT_RING] = sum / ((SMOOTH_HALF + 1) * (SMOOTH_HALF + 1));
    f->top = fmaxf(f->top * TOP_DECAY, f->quick[k % FOOT_RING]);
    f->newest_frame = (double)m->index - (FRAMES - 1) / 2;
}

// Back from the flat sole over the slap to the turning point before it, where swinging forward ends.
static double contact_before(const struct foot_sensor *f, uint64_t flat)
{
    uint64_t first = flat > SLAP_SAMPLES ? flat - SLAP_SAMPLES : 1, k = flat;
    while (k > first && at(f->quick, k - 1) > at(f->quick, k))
        k--;
    if (k == first || at(f->quick, k) < SLAP_SHARE * f->top)
        return frame_of(f, flat) - NO_SLAP_MS;
    while (k > first && at(f->quick, k - 1) < at(f->quick, k))
        k--;
    return k == first ? frame_of(f, flat) - NO_SLAP_MS : frame_of(f, k);
}

// A still moment of the swing, or of a foot that comes to rest in two goes.
static bool too_soon(const struct foot_sensor *f, double frame)
{
    return frame - f->lift_frame < SWING_MIN || frame - f->contact < STRIDE_MIN;
}

static bool flat_step(struct foot_sensor *f, struct foot_found *found)
{
    uint64_t newest = f->n - 1;
    float quick = at(f->quick, newest);
    bool small = quick < FLAT_SHARE * f->top;
    f->flat_for = small == f->flat ? 0 : f->flat_for + 1;
    if (f->flat_for >= FLAT_SAMPLES && !(small && too_soon(f, frame_of(f, newest)))) {
        f->flat = small;
        f->flat_for = 0;
        if (f->flat) {
            double contact = contact_before(f, newest - (FLAT_SAMPLES - 1));
            f->lifting = false;
            f->contact = contact;
            found->contact = true;
            found->contact_frame = contact;
        } else if (f->newest_frame - f->contact < STANCE_MAX) {
            f->lifting = true;
            f->lift_top = 0;
        }
    }
    if (f->lifting && quick > f->lift_top) {
        f->lift_top = quick;
        f->lift_frame = frame_of(f, newest);
    }
    if (f->lifting && f->lift_top > LIFT_SHARE * f->top && quick < LIFT_FALL * f->lift_top) {
        f->lifting = false;
        found->toe_off = true;
        found->toe_off_frame = f->lift_frame;
        found->running = f->lift_frame - f->contact < RUN_STANCE_MS;
    }
    found->confidence = CONFIDENCE;
    return found->contact || found->toe_off;
}

// Contact to contact and toe-off to toe-off are strides alike.
static void note_stride(struct foot_sensor *f, double *last, double frame)
{
    double stride = frame - *last;
    *last = frame;
    if (stride < STRIDE_MIN || stride > STRIDE_MAX)
        return;
    memmove(f->stride + 1, f->stride, (FOOT_STRIDES - 1) * sizeof *f->stride);
    f->stride[0] = stride;
    if (f->n_strides < FOOT_STRIDES)
        f->n_strides++;
}

static bool find(struct foot_sensor *f, const struct motion *m, int site, struct foot_found *found)
{
    if (f->gyro) {
        note(f, m, site);
        return f->n > FOOT_RING / 4 && f->top > TOP_MIN && flat_step(f, found);
    }
    struct shank_input in = {.index = m->index};
    struct shank_found s;
    for (int k = 0; k < FRAME_BLOCK_LEN; k++)
        in.up += m->acc_up[site][k] / FRAME_BLOCK_LEN;
    memcpy(in.acc, m->acc[site], sizeof in.acc);
    if (!shank_step(&f->shank, &in, &s))
        return false;
    *found = (struct foot_found){s.contact, s.toe_off, s.contact_frame, s.toe_off_frame, s.confidence, s.running};
    return true;
}

bool foot_step(struct foot_sensor *f, const struct motion *m, int site, struct foot_found *found)
{
    *found = (struct foot_found){.contact_frame = NAN, .toe_off_frame = NAN};
    const uint8_t valid = m->frame_valid[site][FRAME_BLOCK_LEN - 1];
    if (!(m->worn & SITE_BIT(site)) || !(valid & (FRAME_ACC | FRAME_GYRO))) {
        if (++f->missing == MISSING_MAX)
            foot_reset(f);
        note_roll(f, 0, NAN); // a stance with a gap does not count
        return false;
    }
    f->missing = 0;
    bool gyro = valid & FRAME_GYRO;
    if (gyro != f->gyro) {
        foot_reset(f);
        f->gyro = gyro;
    }
    if (!find(f, m, site, found))
        return false;
    if (found->contact)
        note_stride(f, &f->event[0], found->contact_frame);
    if (found->toe_off)
        note_stride(f, &f->event[1], found->toe_off_frame);
    return true;
}

double foot_stride_hz(const struct foot_sensor *f)
{
    double stride[FOOT_STRIDES];
    memcpy(stride, f->stride, sizeof stride);
    return f->n_strides < 2 ? 0 : 1000 / median_in_place(stride, (size_t)f->n_strides);
}

float foot_eversion_deg(const struct foot_sensor *f)
{
    float forward = eversion_deg(&f->eversion[0]);
    return isnan(forward) ? eversion_deg(&f->eversion[1]) : forward;
}

double foot_turning(const struct foot_sensor *f, double from, double to)
{
    if (!f->gyro || f->top < TOP_MIN)
        return NAN;
    double sum = 0;
    int n = 0;
    for (uint64_t back = 0; back < f->n && back < FOOT_RING; back++) {
        double frame = f->newest_frame - FRAMES * (double)back;
        if (frame < from)
            break;
        if (frame > to)
            continue;
        sum += (double)at(f->rate, f->n - 1 - back);
        n++;
    }
    return n > 0 ? sum / n / (double)f->top : NAN;
}
