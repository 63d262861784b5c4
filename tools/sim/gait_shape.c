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

// Midline: what alternates between the sides (roll, yaw, y) has odd harmonics of the stride, the rest even ones.
static const struct term walk_terms[] = {
    {SITE_SACRUM, GAIT_PITCH, 2, 1.2, 0.10},
    {SITE_SACRUM, GAIT_ROLL, 1, 4.0, 0.14},
    {SITE_SACRUM, GAIT_ROLL, 3, 0.6, 0.30},
    {SITE_SACRUM, GAIT_YAW, 1, 4.0, 0.02},
    {SITE_T12, GAIT_PITCH, 2, 1.0, 0.15},
    {SITE_T12, GAIT_ROLL, 1, 1.8, 0.55},
    {SITE_T12, GAIT_YAW, 1, 2.0, 0.30},
    {SITE_C7, GAIT_PITCH, 2, 1.0, 0.20},
    {SITE_C7, GAIT_ROLL, 1, 1.2, 0.60},
    {SITE_C7, GAIT_YAW, 1, 4.5, 0.50},
    {SITE_HEAD, GAIT_PITCH, 2, 1.2, 0.60},
    {SITE_HEAD, GAIT_ROLL, 1, 0.8, 0.55},
    {SITE_HEAD, GAIT_YAW, 1, 1.0, 0.45},
    {SITE_WRIST_RIGHT, GAIT_PITCH, 1, 20.0, 0.02},
    {SITE_WRIST_RIGHT, GAIT_PITCH, 2, 3.0, 0.20},
    {SITE_WRIST_RIGHT, GAIT_YAW, 1, 8.0, 0.30},
    {SITE_FOOT_RIGHT, GAIT_PITCH, 1, 32.0, 0.66},
    {SITE_FOOT_RIGHT, GAIT_PITCH, 2, 16.0, 0.30},
    {SITE_FOOT_RIGHT, GAIT_PITCH, 3, 5.0, 0.95},
    {SITE_FOOT_RIGHT, GAIT_ROLL, 1, 5.0, 0.70},
    {SITE_FOOT_RIGHT, GAIT_YAW, 1, 4.0, 0.40},
    // The trunk is lowest just after the contact and highest at mid-stance; braking follows the contact.
    {SITE_SACRUM, GAIT_Z, 2, 17.5, 0.60},
    {SITE_SACRUM, GAIT_X, 2, 9.0, 0.35},
    {SITE_SACRUM, GAIT_Y, 1, 20.0, 0.75},
    {SITE_WRIST_RIGHT, GAIT_X, 1, 140.0, 0.52},
    {SITE_WRIST_RIGHT, GAIT_Z, 2, 20.0, 0.04},
    {SITE_FOOT_RIGHT, GAIT_X, 1, 300.0, 0.03},
    {SITE_FOOT_RIGHT, GAIT_X, 2, 60.0, 0.80},
    {SITE_FOOT_RIGHT, GAIT_Z, 1, 55.0, 0.74},
    {SITE_FOOT_RIGHT, GAIT_Z, 2, 30.0, 0.45},
};

static const struct term run_terms[] = {
    {SITE_SACRUM, GAIT_PITCH, 2, 2.8, 0.35},      {SITE_SACRUM, GAIT_ROLL, 1, 4.5, 0.12},
    {SITE_SACRUM, GAIT_ROLL, 3, 0.8, 0.30},       {SITE_SACRUM, GAIT_YAW, 1, 5.5, 0.02},
    {SITE_T12, GAIT_PITCH, 2, 2.0, 0.30},         {SITE_T12, GAIT_PITCH, 4, 0.4, 0.10},
    {SITE_T12, GAIT_ROLL, 1, 2.5, 0.58},          {SITE_T12, GAIT_YAW, 1, 3.0, 0.35},
    {SITE_C7, GAIT_PITCH, 2, 1.7, 0.28},          {SITE_C7, GAIT_PITCH, 4, 0.4, 0.20},
    {SITE_C7, GAIT_ROLL, 1, 2.6, 0.60},           {SITE_C7, GAIT_YAW, 1, 9.0, 0.50},
    {SITE_HEAD, GAIT_PITCH, 2, 1.6, 0.70},        {SITE_HEAD, GAIT_ROLL, 1, 1.0, 0.55},
    {SITE_HEAD, GAIT_YAW, 1, 2.0, 0.48},          {SITE_WRIST_RIGHT, GAIT_PITCH, 1, 28.0, 0.04},
    {SITE_WRIST_RIGHT, GAIT_PITCH, 2, 6.0, 0.20}, {SITE_WRIST_RIGHT, GAIT_YAW, 1, 12.0, 0.30},
    {SITE_FOOT_RIGHT, GAIT_PITCH, 1, 44.0, 0.47}, {SITE_FOOT_RIGHT, GAIT_PITCH, 2, 14.0, 0.05},
    {SITE_FOOT_RIGHT, GAIT_PITCH, 3, 5.0, 0.40},  {SITE_FOOT_RIGHT, GAIT_ROLL, 1, 8.0, 0.70},
    {SITE_FOOT_RIGHT, GAIT_YAW, 1, 5.0, 0.40},    {SITE_SACRUM, GAIT_Y, 1, 11.0, 0.75},
    {SITE_WRIST_RIGHT, GAIT_X, 1, 130.0, 0.54},   {SITE_WRIST_RIGHT, GAIT_Z, 2, 30.0, 0.04},
    {SITE_FOOT_RIGHT, GAIT_X, 1, 380.0, 0.02},    {SITE_FOOT_RIGHT, GAIT_X, 2, 60.0, 0.80},
    {SITE_FOOT_RIGHT, GAIT_Z, 1, 150.0, 0.55},    {SITE_FOOT_RIGHT, GAIT_Z, 2, 40.0, 0.15},
};

// How a site takes part in what all share, and how impacts reach it: later, longer and weaker the higher it sits.
struct share {
    double trunk;                   // of the trunk's displacements
    enum site like;                 // whose angles it takes over ...
    double like_share;              // ... and how much of them
    double impact_walk, impact_run; // m/s²
    double delay_s, length_s;
    double mean_pitch_walk, mean_pitch_run; // degrees
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
    [SITE_WRIST_LEFT] = {0.9, SITE_WRIST_LEFT, 1, 0.8, 3, 0.018, 0.090, -15, -70},
    [SITE_WRIST_RIGHT] = {0.9, SITE_WRIST_RIGHT, 1, 0.8, 3, 0.018, 0.090, -15, -70},
    [SITE_FOOT_LEFT] = {0, SITE_FOOT_LEFT, 1, 20, 70, 0.000, 0.030, 14, 24},
    [SITE_FOOT_RIGHT] = {0, SITE_FOOT_RIGHT, 1, 20, 70, 0.000, 0.030, 14, 24},
    [SITE_PACK] = {1.15, SITE_T12, 1.3, 1.2, 6, 0.014, 0.090, 0, 0},
};

static enum site mirror_of(enum site site)
{
    switch (site) {
    case SITE_SHOULDER_LEFT:
        return SITE_SHOULDER_RIGHT;
    case SITE_WRIST_LEFT:
        return SITE_WRIST_RIGHT;
    case SITE_FOOT_LEFT:
        return SITE_FOOT_RIGHT;
    default:
        return N_SITES;
    }
}

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

static void mirror(struct gait_shape *shape)
{
    for (int channel = 0; channel < N_GAIT_CHANNELS; channel++) {
        double side = channel == GAIT_ROLL || channel == GAIT_YAW || channel == GAIT_Y ? -1 : 1;
        for (int k = 0; k < GAIT_HARMONICS; k++) {
            double half_a_stride = k % 2 == 0 ? -1 : 1; // harmonic k + 1 after half a turn of the stride
            shape->c[channel][k] *= side * half_a_stride;
            shape->s[channel][k] *= side * half_a_stride;
        }
    }
}

void gait_shape_of(enum gait_kind kind, enum site site, struct gait_shape *shape)
{
    memset(shape, 0, sizeof *shape);
    const struct term *terms = kind == GAIT_WALK ? walk_terms : run_terms;
    size_t n = kind == GAIT_WALK ? sizeof walk_terms / sizeof *walk_terms : sizeof run_terms / sizeof *run_terms;
    const struct share *share = &shares[site];
    enum site mirrored = mirror_of(site);
    bool is_left = mirrored != N_SITES, is_foot = site == SITE_FOOT_LEFT || site == SITE_FOOT_RIGHT;
    bool is_own = share->like == site; // angles of its own, to be mirrored; a shoulder turns with C7 as it is
    add_terms(shape, terms, n, is_left && is_own ? mirrored : share->like, GAIT_PITCH, GAIT_YAW, share->like_share);
    add_terms(shape, terms, n, is_left ? mirrored : site, GAIT_X, GAIT_Z, site == SITE_SACRUM ? 0 : 1);
    if (is_left && is_own)
        mirror(shape);
    add_terms(shape, terms, n, SITE_SACRUM, GAIT_X, GAIT_Z, share->trunk);
    shape->mean_rad[0] = RAD * (kind == GAIT_WALK ? share->mean_pitch_walk : share->mean_pitch_run);
    shape->stance = kind == GAIT_RUN ? share->trunk : 0;
    double impact = kind == GAIT_WALK ? share->impact_walk : share->impact_run;
    shape->impact_right_m_s2 = is_foot && is_left ? 0.05 * impact : impact;
    shape->impact_left_m_s2 = is_foot && !is_left ? 0.05 * impact : impact;
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

void gait_stance(double u, double duty_step, struct motion3 *vertical, struct motion3 *forward)
{
    // Contact: upward force in the shape of a squared sine whose mean over the step carries the body. Constants make
    // position and velocity continuous and periodic, and the middle of the vertical range 0.
    const double brake = 0.35; // peak fore-aft force in the unit of the vertical
    double d = duty_step, bow = d / (TURN_RAD * TURN_RAD);
    double slope = (d - 1) / 2;
    double top = (1 + d) * (1 + d) / 8 - d / 2 + bow, bottom = d / 8 - bow - d * d / 8 + slope * d / 2;
    double middle = (top + bottom) / 2;
    double drift = brake * d * d / TURN_RAD;
    if (u < d) {
        struct phasor at = phasor_at(u / d);
        vertical->value = u * u / (2 * d) + bow * at.c - u * u / 2 + slope * u - middle;
        vertical->first = u / d - at.s / TURN_RAD - u + slope;
        vertical->second = (1 - at.c) / d - 1;
        forward->value = brake * d * d / TURN_RAD * at.s / TURN_RAD - brake * d * u / TURN_RAD + drift * u;
        forward->first = brake * d / TURN_RAD * (at.c - 1) + drift;
        forward->second = -brake * at.s;
    } else {
        vertical->value = u - u * u / 2 + slope * u - d / 2 + bow - middle;
        vertical->first = 1 - u + slope;
        vertical->second = -1;
        forward->value = -brake * d * d / TURN_RAD + drift * u;
        forward->first = drift;
        forward->second = 0;
    }
}

double gait_stance_range(double duty_step)
{
    double d = duty_step, bow = d / (TURN_RAD * TURN_RAD), slope = (d - 1) / 2;
    return (1 + d) * (1 + d) / 8 - d / 2 + bow - (d / 8 - bow - d * d / 8 + slope * d / 2);
}

double gait_impact(double x)
{
    if (x <= 0 || x >= 1)
        return 0;
    double s = phasor_at(x).s; // up for the first half, a weaker rebound in the second
    return x < 0.5 ? s * s : -0.4 * s * s;
}
