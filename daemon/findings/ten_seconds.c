// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/ten_seconds.h"

#include <math.h>
#include <string.h>

#define COVERAGE     0.7
#define GAIT_SHARE   0.9
#define POSTURE_DUE  200 // outputs in ten seconds
#define CADENCE_DUE  40
#define SECONDS_DUE  10
#define ODD_LONG     1.33F
#define ODD_SHORT    0.75F
#define BIT(site)    SITE_BIT(site)
#define THORAX_SITES (BIT(SITE_C7) | BIT(SITE_T12))
#define LEAN_SITES   (THORAX_SITES | BIT(SITE_SACRUM) | BIT(SITE_STERNUM))

void ten_seconds_begin(struct ten_seconds *t)
{
    memset(t, 0, sizeof *t);
    t->step_ms = NAN;
}

static void add(struct ten_seconds *t, int taken, float value)
{
    if (!isfinite(value))
        return;
    t->sum[taken] += (double)value;
    t->n[taken]++;
}

// Angles before the calibration are against the mounts; those of a slipped sensor would pass for a change of posture.
static void take_posture(struct ten_seconds *t, const struct posture_result *p)
{
    if (p->calibrated && !(p->slipped & LEAN_SITES))
        add(t, QUANTITY_TRUNK_LEAN, p->mean.trunk_lean_deg);
    if (p->calibrated && !(p->slipped & THORAX_SITES))
        add(t, QUANTITY_THORACIC_FLEXION, p->mean.thoracic_flexion_deg);
    add(t, QUANTITY_TRUNK_ROTATION, p->trunk_rotation_range_deg);
}

static void take_cadence(struct ten_seconds *t, const struct cadence_result *c)
{
    t->answers++;
    t->walk += c->activity == ACTIVITY_WALK;
    t->run += c->activity == ACTIVITY_RUN;
    bool moves = isfinite(c->cadence_spm) && c->cadence_spm > 0;
    t->step_ms = moves ? 60000 / c->cadence_spm : NAN;
    if (moves)
        add(t, QUANTITY_CADENCE, c->cadence_spm);
}

static void take_step(struct ten_seconds *t, const struct step_result *s)
{
    float ratio = s->step_time_ms / t->step_ms;
    t->odd_steps += ratio > ODD_LONG || ratio < ODD_SHORT;
}

static void take_gait(struct ten_seconds *t, const struct gait_result *g)
{
    add(t, QUANTITY_STEP_LENGTH, g->step_length_m);
    add(t, QUANTITY_CONTACT, g->contact_ms);
    add(t, QUANTITY_STEP_CV, g->step_time_cv_pct);
    add(t, QUANTITY_BOUNCE, g->vertical_oscillation_mm);
    add(t, QUANTITY_VERTICAL_RATIO, g->vertical_ratio_pct);
    add(t, QUANTITY_IMPACT, g->impact_g);
    add(t, QUANTITY_BRAKING, g->braking_g);
}

static void take_breathing(struct ten_seconds *t, const struct breathing_result *b, bool vest)
{
    add(t, QUANTITY_BREATHING_RATE, b->rate_bpm);
    add(t, QUANTITY_CHEST_SHARE, b->chest_share);
    add(t, TAKEN_CHEST, b->chest_deg);
    add(t, TAKEN_ABDOMEN, b->abdomen_deg);
    if (!vest)
        add(t, QUANTITY_CHEST_FREE, b->chest_deg);
}

static void take_arms(struct ten_seconds *t, const struct arms_result *a)
{
    bool left = isfinite(a->swing_left_deg), right = isfinite(a->swing_right_deg);
    if (left && right)
        add(t, QUANTITY_ARM_SWING, 0.5F * (a->swing_left_deg + a->swing_right_deg));
    else
        add(t, QUANTITY_ARM_SWING, left ? a->swing_left_deg : a->swing_right_deg);
}

void ten_seconds_take(struct ten_seconds *t, const struct output *output, bool vest)
{
    switch (output->stream) {
    case STREAM_POSTURE:
        take_posture(t, &output->posture);
        break;
    case STREAM_CADENCE:
        take_cadence(t, &output->cadence);
        break;
    case STREAM_STEP:
        take_step(t, &output->step);
        break;
    case STREAM_GAIT:
        take_gait(t, &output->gait);
        break;
    case STREAM_BREATHING:
        take_breathing(t, &output->breathing, vest);
        break;
    case STREAM_ARMS:
        take_arms(t, &output->arms);
        break;
    default:
        break;
    }
}

static int due(int taken)
{
    switch (taken) {
    case QUANTITY_CADENCE:
        return CADENCE_DUE;
    case QUANTITY_TRUNK_LEAN:
    case QUANTITY_THORACIC_FLEXION:
    case QUANTITY_TRUNK_ROTATION:
        return POSTURE_DUE;
    default:
        return SECONDS_DUE;
    }
}

static float mean_of(const struct ten_seconds *t, int taken)
{
    return t->n[taken] >= COVERAGE * due(taken) ? (float)(t->sum[taken] / t->n[taken]) : NAN;
}

// Chest and abdomen, or the one that is worn: a value that has one of them at times would jump.
static float depth(const struct ten_seconds *t)
{
    if (t->n[TAKEN_ABDOMEN] == 0)
        return mean_of(t, TAKEN_CHEST);
    if (t->n[TAKEN_CHEST] == 0)
        return mean_of(t, TAKEN_ABDOMEN);
    return mean_of(t, TAKEN_CHEST) + mean_of(t, TAKEN_ABDOMEN);
}

void ten_seconds_end(const struct ten_seconds *t, struct ten_seconds_mean *mean)
{
    for (int q = 0; q < N_QUANTITIES; q++)
        mean->value[q] = mean_of(t, q);
    mean->value[QUANTITY_BREATH_DEPTH] = depth(t);
    bool enough = t->answers >= COVERAGE * CADENCE_DUE;
    mean->gait = GAIT_NONE;
    if (enough && t->walk >= GAIT_SHARE * t->answers)
        mean->gait = GAIT_WALK;
    if (enough && t->run >= GAIT_SHARE * t->answers)
        mean->gait = GAIT_RUN;
    mean->odd_steps = t->odd_steps;
}
