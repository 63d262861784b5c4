// SPDX-License-Identifier: GPL-3.0-or-later
// Amplitudes are typical of treadmill walking at 1.4 m/s and running at 3 m/s: pelvis and trunk angles after Novacheck
// 1998, "The biomechanics of running", Gait & Posture 7, and Thorstensson et al. 1984, "Trunk movements in human
// locomotion", Acta Physiol. Scand. 121; rounded, and the same for every simulated runner.
#include "sim/gait_shape.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define RAD 0.017453292519943295

struct term { // amplitude · cos(harmonic · θ - phase)
    enum site site;
    enum gait_channel channel;
    int harmonic;
    double amplitude; // degrees or millimetres
    double phase;     // turns of the harmonic
};

// What alternates between the sides (roll, yaw, y) has odd harmonics of the stride, the rest even ones. Over the right
// foot the pelvis drops on the left (roll < 0), the trunk leans over the foot (roll > 0) and is carried to the right;
// the pelvis turns forward with the swinging leg: walking it is furthest at that leg's contact, running a tenth of a
// stride before it. The shoulders turn against it.
static const struct term walk_terms[] = {
    {SITE_SACRUM, GAIT_PITCH, 2, 1.2, 0.10},
    {SITE_SACRUM, GAIT_ROLL, 1, 4.0, 0.64},
    {SITE_SACRUM, GAIT_ROLL, 3, 0.6, 0.80},
    {SITE_SACRUM, GAIT_YAW, 1, 4.0, 0.02},
    {SITE_T12, GAIT_PITCH, 2, 1.0, 0.15},
    {SITE_T12, GAIT_ROLL, 1, 1.8, 0.05},
    {SITE_T12, GAIT_YAW, 1, 2.0, 0.30},
    {SITE_C7, GAIT_PITCH, 2, 1.0, 0.20},
    {SITE_C7, GAIT_ROLL, 1, 1.2, 0.10},
    {SITE_C7, GAIT_YAW, 1, 4.5, 0.50},
    {SITE_HEAD, GAIT_PITCH, 2, 1.2, 0.60},
    {SITE_HEAD, GAIT_ROLL, 1, 0.8, 0.05},
    {SITE_HEAD, GAIT_YAW, 1, 1.0, 0.45},
    {SITE_WRIST_RIGHT, GAIT_PITCH, 1, 20.0, 0.02},
    {SITE_WRIST_RIGHT, GAIT_PITCH, 2, 3.0, 0.20},
    // The trunk is lowest just after the contact and highest at mid-stance; braking follows the contact.
    {SITE_SACRUM, GAIT_Z, 2, 17.5, 0.60},
    {SITE_SACRUM, GAIT_X, 2, 9.0, 0.35},
    {SITE_SACRUM, GAIT_X, 4, 1.3, 0.45},
    {SITE_SACRUM, GAIT_Y, 1, 20.0, 0.75},
};

static const struct term run_terms[] = {
    {SITE_SACRUM, GAIT_PITCH, 2, 2.8, 0.35},      {SITE_SACRUM, GAIT_ROLL, 1, 4.5, 0.62},
    {SITE_SACRUM, GAIT_ROLL, 3, 0.8, 0.80},       {SITE_SACRUM, GAIT_YAW, 1, 5.5, 0.90},
    {SITE_T12, GAIT_PITCH, 2, 2.0, 0.30},         {SITE_T12, GAIT_PITCH, 4, 0.4, 0.10},
    {SITE_T12, GAIT_ROLL, 1, 2.5, 0.08},          {SITE_T12, GAIT_YAW, 1, 3.0, 0.35},
    {SITE_C7, GAIT_PITCH, 2, 1.7, 0.28},          {SITE_C7, GAIT_PITCH, 4, 0.4, 0.20},
    {SITE_C7, GAIT_ROLL, 1, 2.6, 0.10},           {SITE_C7, GAIT_YAW, 1, 9.0, 0.50},
    {SITE_HEAD, GAIT_PITCH, 2, 1.6, 0.70},        {SITE_HEAD, GAIT_ROLL, 1, 1.0, 0.05},
    {SITE_HEAD, GAIT_YAW, 1, 2.0, 0.48},          {SITE_WRIST_RIGHT, GAIT_PITCH, 1, 28.0, 0.04},
    {SITE_WRIST_RIGHT, GAIT_PITCH, 2, 6.0, 0.20},
};

// How a site takes part in what all share, and how impacts reach it: later, longer and weaker the higher it sits.
struct share {
    double trunk;                   // of the trunk's displacements
    enum site like;                 // whose angles it takes over ...
    double like_share;              // ... and how much of them
    double impact_walk, impact_run; // m/s²
    double delay_s, length_s;
    double elbow_walk, elbow_run; // degrees
};

static const struct share shares[N_SITES] = {
    [SITE_HEAD] = {0.96, SITE_HEAD, 1, 0.8, 3.5, 0.014, 0.080, 0, 0},
    [SITE_C7] = {0.98, SITE_C7, 1, 1.2, 5.5, 0.011, 0.070, 0, 0},
    [SITE_T12] = {1, SITE_T12, 1, 1.6, 8, 0.009, 0.064, 0, 0},
    [SITE_SACRUM] = {1, SITE_SACRUM, 1, 2.4, 11, 0.007, 0.056, 0, 0},
    [SITE_STERNUM] = {1, SITE_C7, 0.9, 1.4, 7, 0.010, 0.070, 0, 0},
    [SITE_ABDOMEN] = {1.03, SITE_T12, 1, 1.6, 7, 0.010, 0.080, 0, 0},
    [SITE_SHOULDER_LEFT] = {1, SITE_C7, 1.05, 1.0, 4.5, 0.013, 0.076, 0, 0},
    [SITE_SHOULDER_RIGHT] = {1, SITE_C7, 1.05, 1.0, 4.5, 0.013, 0.076, 0, 0},
    [SITE_WRIST_LEFT] = {0.9, SITE_C7, 1, 0.8, 3, 0.018, 0.090, -15, -70},
    [SITE_WRIST_RIGHT] = {0.9, SITE_C7, 1, 0.8, 3, 0.018, 0.090, -15, -70},
    [SITE_FOOT_LEFT] = {0, SITE_FOOT_LEFT, 1, 20, 70, 0.000, 0.030, 0, 0},
    [SITE_FOOT_RIGHT] = {0, SITE_FOOT_RIGHT, 1, 20, 70, 0.000, 0.030, 0, 0},
    [SITE_PACK] = {1, SITE_T12, 1.3, 1.6, 8, 0.009, 0.064, 0, 0},
};

static void add_terms(struct gait_shape *shape, const struct term *terms, size_t n, enum site from,
                      enum gait_channel first, enum gait_channel last, double share)
{
    for (size_t i = 0; i < n; i++) {
        const struct term *term = &terms[i];
        if (term->site != from || term->channel < first || term->channel > last)
            continue;
        double unit = term->channel < GAIT_X ? RAD : 0.001;
        struct phasor at = phasor_at(term->phase);
        shape->c[term->channel][term->harmonic - 1] += share * unit * term->amplitude * at.c;
        shape->s[term->channel][term->harmonic - 1] += share * unit * term->amplitude * at.s;
    }
}

// The right wrist's pitch, half a stride later for the left one, scaled to a peak to peak of 1.
static void set_swing(struct gait_shape *shape, const struct term *terms, size_t n, bool left)
{
    struct gait_shape own = {.stance = 0};
    add_terms(&own, terms, n, SITE_WRIST_RIGHT, GAIT_PITCH, GAIT_PITCH, 1);
    double low = 0, high = 0;
    for (int i = 0; i < 720; i++) {
        struct phasor stride[GAIT_HARMONICS] = {phasor_at(i / 720.0)};
        for (int k = 1; k < GAIT_HARMONICS; k++)
            stride[k] = phasor_turn(stride[k - 1], stride[0]);
        double at = gait_harmonics(own.c[GAIT_PITCH], own.s[GAIT_PITCH], stride).value;
        low = at < low ? at : low;
        high = at > high ? at : high;
    }
    for (int k = 0; k < GAIT_HARMONICS; k++) {
        double side = left && k % 2 == 0 ? -1 : 1; // harmonic k + 1 after half a turn of the stride
        shape->swing_c[k] = side * own.c[GAIT_PITCH][k] / (high - low);
        shape->swing_s[k] = side * own.s[GAIT_PITCH][k] / (high - low);
    }
}

void gait_shape_of(enum gait_kind kind, enum site site, struct gait_shape *shape)
{
    memset(shape, 0, sizeof *shape);
    const struct term *terms = kind == GAIT_WALK ? walk_terms : run_terms;
    size_t n = kind == GAIT_WALK ? sizeof walk_terms / sizeof *walk_terms : sizeof run_terms / sizeof *run_terms;
    const struct share *share = &shares[site];
    add_terms(shape, terms, n, share->like, GAIT_PITCH, GAIT_YAW, share->like_share);
    add_terms(shape, terms, n, SITE_SACRUM, GAIT_X, GAIT_Z, share->trunk);
    if (site == SITE_WRIST_LEFT || site == SITE_WRIST_RIGHT)
        set_swing(shape, terms, n, site == SITE_WRIST_LEFT);
    shape->elbow_rad = RAD * (kind == GAIT_WALK ? share->elbow_walk : share->elbow_run);
    shape->stance = kind == GAIT_RUN ? share->trunk : 0;
    shape->impact_m_s2 = kind == GAIT_WALK ? share->impact_walk : share->impact_run;
    shape->impact_delay_s = share->delay_s;
    shape->impact_length_s = share->length_s;
}

struct motion3 gait_harmonics(const double c[GAIT_HARMONICS], const double s[GAIT_HARMONICS],
                              const struct phasor stride[GAIT_HARMONICS])
{
    struct motion3 sum = {0, 0, 0};
    for (int k = 0; k < GAIT_HARMONICS; k++) {
        double n = k + 1, even = c[k] * stride[k].c + s[k] * stride[k].s;
        sum.value += even;
        sum.first += n * (s[k] * stride[k].c - c[k] * stride[k].s);
        sum.second -= n * n * even;
    }
    return sum;
}
