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
#define SAMPLE_S      0.01F
#define FLAT_SHARE    0.16F // of the top, below which the sole is flat
#define FLAT_SAMPLES  3
#define LONG_FLAT     0.22 // of the stride: flat without a slap; a swing's still moments are shorter
#define LONG_FLAT_MAX 25   // samples, before the stride is known
#define SLAP_SHARE    0.3F // of the top: a slap between contact and flat sole
#define SLAP_BEGIN    0.5F // of its own peak
#define SLAP_MIN      0.1F // rad; less is a swing that ends turning toes down
#define SLAP_MAX      0.7F // more is the swing
#define SLAP_SAMPLES  20   // from contact to flat sole at most
#define NO_SLAP_MS    30.0 // contact before the flat sole when the forefoot lands
#define LIFT_SHARE    0.5F // of the top: the turn at toe-off
#define LIFT_FALL     0.85F
#define LIFT_MIN      0.5F // rad; less is a slap after a contact told too early
#define LIFT_END      0.1F
#define WALK_LIFTED   0.85F // of the turn from flat sole to turning back: there the toes leave the ground
#define RUN_LIFTED    0.66F
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
    note_roll(f, w[1], m->valid & SITE_BIT(site) ? m->roll_deg[site] : NAN);
    f->pitch[k % FOOT_RING] = w[1];
    float sum = 0;
    for (int i = -SMOOTH_HALF; i <= SMOOTH_HALF; i++)
        sum += (float)(SMOOTH_HALF + 1 - (i < 0 ? -i : i)) *
               fabsf(at(f->pitch, k - SMOOTH_HALF + (uint64_t)i + FOOT_RING));
    f->quick[k % FOOT_RING] = sum / ((SMOOTH_HALF + 1) * (SMOOTH_HALF + 1));
    f->top = fmaxf(f->top * TOP_DECAY, f->quick[k % FOOT_RING]);
    f->newest_frame = (double)m->index - (FRAMES - 1) / 2;
}

// A still moment of the swing, or of a foot that comes to rest in two goes.
static bool too_soon(const struct foot_sensor *f, double frame)
{
    return frame - f->lift_frame < SWING_MIN || frame - f->contact < STRIDE_MIN;
}

static double sample_frame(const struct foot_sensor *f, uint64_t k) // of a sample of pitch
{
    return f->newest_frame - FRAMES * (double)(f->n - 1 - k);
}

// Back from the flat sole over the slap to the still or turning point before it, where swinging forward ends.
static bool slap_before(const struct foot_sensor *f, uint64_t flat, double *contact)
{
    const uint64_t first = flat > SLAP_SAMPLES ? flat - SLAP_SAMPLES : 1;
    const float sign = at(f->pitch, flat - 1) < 0 ? -1 : 1;
    float peak = 0, turn = 0;
    uint64_t k = flat - 1;
    for (;; k--) {
        float rate = sign * at(f->pitch, k), before = sign * at(f->pitch, k - 1);
        peak = fmaxf(peak, rate);
        turn += rate * SAMPLE_S;
        if (before < SLAP_BEGIN * peak && (before <= 0 || before <= sign * at(f->pitch, k - 2)))
            break;
        if (k <= first + 1)
            return false; // the swing itself
    }
    *contact = sample_frame(f, k - 1);
    return peak > SLAP_SHARE * f->top && turn > SLAP_MIN && turn < SLAP_MAX;
}

// Of the whole turn from the flat sole to where the foot turns back.
static double toe_off_frame(const struct foot_sensor *f, bool running)
{
    const float share = running ? RUN_LIFTED : WALK_LIFTED;
    float sum = 0;
    for (uint64_t k = f->lift_from; k < f->n; k++) {
        float turn = f->lift_sign * at(f->pitch, k) * SAMPLE_S;
        if (sum + turn >= share * f->lifted)
            return sample_frame(f, k) + FRAMES * (double)((share * f->lifted - sum) / turn - 0.5F);
        sum += turn;
    }
    return f->lift_frame;
}

static void lift_step(struct foot_sensor *f, struct foot_found *found)
{
    const uint64_t newest = f->n - 1;
    const float quick = at(f->quick, newest);
    if (quick > f->lift_top) {
        f->lift_top = quick;
        f->lift_frame = frame_of(f, newest);
        f->lift_sign = at(f->pitch, newest - SMOOTH_HALF) < 0 ? -1 : 1;
    }
    if (f->lift_top < LIFT_SHARE * f->top || quick > LIFT_FALL * f->lift_top)
        return;
    if (f->lift_sign * at(f->pitch, newest) > LIFT_END * f->lift_top && f->n - f->lift_from < FOOT_RING)
        return;
    f->lifting = false;
    f->lifted = 0;
    for (uint64_t k = f->lift_from; k < newest; k++)
        f->lifted += f->lift_sign * at(f->pitch, k) * SAMPLE_S;
    f->flat = f->lifted < LIFT_MIN;
    if (f->flat)
        return;
    found->toe_off = true;
    found->running = f->lift_frame - f->contact < RUN_STANCE_MS;
    found->toe_off_frame = f->lift_frame = toe_off_frame(f, found->running);
}

static void land(struct foot_sensor *f, double contact, struct foot_found *found)
{
    f->flat = true;
    f->lifting = false;
    f->contact = contact;
    found->contact = true;
    found->contact_frame = contact;
}

static int long_flat(const struct foot_sensor *f)
{
    const double hz = foot_stride_hz(f);
    return hz > 0 ? (int)fmin(LONG_FLAT * 1000 / FRAMES / hz, LONG_FLAT_MAX) : LONG_FLAT_MAX;
}

static bool flat_step(struct foot_sensor *f, struct foot_found *found)
{
    const uint64_t newest = f->n - 1;
    const bool small = fabsf(at(f->pitch, newest)) < FLAT_SHARE * f->top;
    f->small_for = small ? f->small_for + 1 : 0;
    f->large_for = small ? 0 : f->large_for + 1;
    if (!f->flat && f->small_for >= FLAT_SAMPLES) {
        const uint64_t flat = newest - (uint64_t)(f->small_for - 1);
        double contact = sample_frame(f, flat) - NO_SLAP_MS;
        bool landed = (f->small_for == FLAT_SAMPLES && slap_before(f, flat, &contact)) || f->small_for == long_flat(f);
        if (landed && !too_soon(f, contact))
            land(f, contact, found);
    } else if (f->flat && f->large_for >= FLAT_SAMPLES) {
        f->flat = false;
        f->lifting = f->newest_frame - f->contact < STANCE_MAX;
        f->lift_top = 0;
        f->lift_from = newest - (FLAT_SAMPLES - 1);
    }
    if (f->lifting)
        lift_step(f, found);
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
    return f->n_strides < 2 ? 0 : 1000 / median(f->stride, (size_t)f->n_strides);
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
        sum += (double)fabsf(at(f->pitch, f->n - 1 - back));
        n++;
    }
    return n > 0 ? sum / n / (double)f->top : NAN;
}
