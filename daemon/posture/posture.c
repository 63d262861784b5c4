// SPDX-License-Identifier: GPL-3.0-or-later
#include "posture/posture.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define RING         512 // 5.12 s at 100 Hz
#define HOP_FRAMES   50
#define STILL_BLOCKS 100
#define COVERAGE     0.8
#define N_ANGLES     ((int)(sizeof(struct posture_angles) / sizeof(float)))

struct posture {
    struct posture_params params;
    struct posture_angles ring[RING];
    uint64_t blocks;
    double heading_difference;        // mean yaw of C7 against the sacrum, degrees
    bool heading_known, heading_lost; // lost: it was known before a gap
    int heading_blocks;               // that went into it, while they are few
    double rotation, rotation_step;   // at the latest block, and since the one before, degrees
    uint32_t turned;
    bool pending;
    struct posture_result result;
    int64_t result_index;
};

const struct setting posture_settings[] = {
    {.key = "heading_tau_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct posture_params, heading_tau_s),
     .unit = "s",
     .def = 10,
     .min = 2,
     .max = 120,
     .sentence = "Over this time the mean heading between C7 and sacrum is forgotten while moving; gyro drift in "
                 "trunk_rotation_deg is gone after it, and so is a lasting turn of the trunk."},
    {.key = "mean_strides",
     .type = SETTING_INT,
     .offset = offsetof(struct posture_params, mean_strides),
     .def = 2,
     .min = 1,
     .max = 4,
     .sentence = "How many whole strides the averaged angles cover while moving."},
};
const size_t n_posture_settings = sizeof posture_settings / sizeof *posture_settings;

int posture_create(struct posture **out, const struct posture_params *params)
{
    struct posture *p = *out = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->params = *params;
    return 0;
}

void posture_destroy(struct posture *p)
{
    free(p);
}

static float difference(const float angle[N_SITES], uint32_t sites, int upper, int lower)
{
    uint32_t both = SITE_BIT(upper) | SITE_BIT(lower);
    return (sites & both) == both ? angle[upper] - angle[lower] : NAN;
}

static float single(const float angle[N_SITES], uint32_t sites, int site)
{
    return sites & SITE_BIT(site) ? angle[site] : NAN;
}

// Each segment's share of the line sacrum → C7. The sternum stands in for the first missing one; what is still missing
// is left out and the rest re-weighted.
void posture_lean_weights(uint32_t sites, float weight[N_SITES])
{
    static const struct {
        int site;
        float share;
    } chain[] = {{SITE_T12, 0.50F}, {SITE_C7, 0.32F}, {SITE_SACRUM, 0.18F}};
    float total = 0;
    bool sternum_free = sites & SITE_BIT(SITE_STERNUM);
    memset(weight, 0, N_SITES * sizeof *weight);
    for (int i = 0; i < 3; i++) {
        int site = chain[i].site;
        if (!(sites & SITE_BIT(site))) {
            if (!sternum_free)
                continue;
            sternum_free = false;
            site = SITE_STERNUM;
        }
        weight[site] = chain[i].share;
        total += chain[i].share;
    }
    for (int s = 0; s < N_SITES && total > 0; s++)
        weight[s] /= total;
}

// Slope of the line sacrum → C7 from the tilts of its segments.
static float lean(const float angle[N_SITES], const float weight[N_SITES])
{
    float sum = 0, total = 0;
    for (int s = 0; s < N_SITES; s++)
        if (weight[s] > 0) {
            sum += weight[s] * angle[s];
            total += weight[s];
        }
    return total > 0 ? sum : NAN;
}

static double wrap_deg(double x)
{
    return x - 360 * round(x / 360);
}

// Yaw of C7 against the sacrum with its slowly drifting mean taken out; standing, the mean is held. A mean that is new
// while moving is a plain average first, so that it does not begin at one end of the swing. After a gap there is none
// as long as nobody knows whether the runner moves.
static float trunk_rotation(struct posture *p, const struct motion *m, const struct gait_phase *phase)
{
    float turned = difference(m->yaw_deg, m->valid & m->has_yaw, SITE_C7, SITE_SACRUM);
    if (!isfinite(turned)) {
        p->heading_lost = p->heading_lost || p->heading_known;
        p->heading_known = false;
        return NAN;
    }
    if (!p->heading_known && p->heading_lost && !phase->moving && phase->activity == ACTIVITY_UNKNOWN)
        return NAN;
    if (!p->heading_known) {
        p->heading_difference = (double)turned;
        p->heading_known = true;
        p->heading_blocks = phase->moving ? 0 : INT_MAX / 2;
        p->rotation = 0;
    } else if (m->turned != p->turned) { // a calibration turned the axes, and their yaw with them: the runner did not
        p->heading_difference = (double)turned - p->rotation - p->rotation_step;
    }
    p->turned = m->turned;
    double rotation = wrap_deg((double)turned - p->heading_difference);
    p->rotation_step = rotation - p->rotation;
    p->rotation = rotation;
    if (phase->moving) {
        double settled = p->params.heading_tau_s * MOTION_RATE_HZ;
        p->heading_blocks += p->heading_blocks < settled;
        p->heading_difference += p->rotation / fmin(p->heading_blocks, settled);
    }
    return (float)p->rotation;
}

void posture_of_tilts(const float pitch_deg[N_SITES], const float roll_deg[N_SITES], uint32_t sites,
                      struct posture_angles *a)
{
    float weight[N_SITES];
    posture_lean_weights(sites, weight);
    a->trunk_lean_deg = lean(pitch_deg, weight);
    a->trunk_side_lean_deg = lean(roll_deg, weight);
    a->thoracic_flexion_deg = difference(pitch_deg, sites, SITE_C7, SITE_T12);
    a->lumbar_flexion_deg = difference(pitch_deg, sites, SITE_T12, SITE_SACRUM);
    a->neck_flexion_deg = difference(pitch_deg, sites, SITE_HEAD, SITE_C7);
    a->pelvic_tilt_deg = single(pitch_deg, sites, SITE_SACRUM);
    a->pelvic_obliquity_deg = single(roll_deg, sites, SITE_SACRUM);
    a->lateral_bend_deg = difference(roll_deg, sites, SITE_C7, SITE_SACRUM);
    a->trunk_rotation_deg = NAN;
    // Positive roll lifts the left end and lowers the right one.
    a->shoulder_elevation_left_deg = difference(roll_deg, sites, SITE_SHOULDER_LEFT, SITE_C7);
    a->shoulder_elevation_right_deg = -difference(roll_deg, sites, SITE_SHOULDER_RIGHT, SITE_C7);
    a->shoulder_asymmetry_deg = a->shoulder_elevation_left_deg - a->shoulder_elevation_right_deg;
    a->shoulder_protraction_deg = 0.5F * (difference(pitch_deg, sites, SITE_SHOULDER_LEFT, SITE_C7) +
                                          difference(pitch_deg, sites, SITE_SHOULDER_RIGHT, SITE_C7));
}

static void measure(struct posture *p, const struct motion *m, const struct gait_phase *phase, struct posture_angles *a)
{
    posture_of_tilts(m->pitch_deg, m->roll_deg, m->valid, a);
    a->trunk_rotation_deg = trunk_rotation(p, m, phase);
}

static const struct posture_angles *at(const struct posture *p, uint64_t back)
{
    return &p->ring[(p->blocks - 1 - back) % RING];
}

static float angle_of(const struct posture_angles *a, int k)
{
    float value;
    memcpy(&value, (const char *)a + (size_t)k * sizeof value, sizeof value);
    return value;
}

static void average(const struct posture *p, int n, struct posture_result *r)
{
    for (int k = 0; k < N_ANGLES; k++) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < n; i++) {
            float value = angle_of(at(p, (uint64_t)i), k);
            if (isfinite(value)) {
                sum += (double)value;
                count++;
            }
        }
        float mean = count >= COVERAGE * n ? (float)(sum / count) : NAN;
        memcpy((char *)&r->mean + (size_t)k * sizeof mean, &mean, sizeof mean);
    }
    float low = INFINITY, high = -INFINITY;
    for (int i = 0; i < n; i++) {
        float value = at(p, (uint64_t)i)->trunk_rotation_deg;
        low = fminf(low, value); // fminf and fmaxf pass NaN over
        high = fmaxf(high, value);
    }
    r->trunk_rotation_range_deg = isfinite(r->mean.trunk_rotation_deg) ? high - low : NAN;
}

void posture_step(struct posture *p, const struct motion *m, const struct gait_phase *phase)
{
    if (m->restarted) {
        p->blocks = 0;
        p->heading_lost = p->heading_lost || p->heading_known;
        p->heading_known = false;
    }
    struct posture_angles *now = &p->ring[p->blocks % RING];
    measure(p, m, phase, now);
    p->blocks++;
    if ((m->index + 1) % HOP_FRAMES != 0)
        return;
    int n = STILL_BLOCKS;
    if (phase->moving)
        n = (int)lround(p->params.mean_strides * 2 / (double)phase->step_hz * MOTION_RATE_HZ);
    n = n > RING ? RING : n;
    p->result.now = *now;
    p->result.calibrated = m->calibrated;
    p->result.slipped = m->slipped;
    if (p->blocks >= (uint64_t)n) {
        average(p, n, &p->result);
    } else { // not a whole stride yet
        for (int k = 0; k < N_ANGLES; k++) {
            const float unknown = NAN;
            memcpy((char *)&p->result.mean + (size_t)k * sizeof unknown, &unknown, sizeof unknown);
        }
        p->result.trunk_rotation_range_deg = NAN;
    }
    p->result_index = m->index;
    p->pending = true;
}

bool posture_pull(struct posture *p, struct posture_result *result, int64_t *index)
{
    if (!p->pending)
        return false;
    *result = p->result;
    *index = p->result_index;
    p->pending = false;
    return true;
}
