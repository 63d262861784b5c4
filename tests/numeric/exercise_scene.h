// SPDX-License-Identifier: GPL-3.0-or-later
// Repetitions of one angle by the body of exercise_body.h: who performs what, how he trembles and sways, and what was
// told of it against the script.
#ifndef POISE_TESTS_EXERCISE_SCENE_H
#define POISE_TESTS_EXERCISE_SCENE_H

#include "exercise_body.h"

#define RANGE_DEG 3.0 // allowed, as asked for by the assessments
#define HOLD_S    0.5
#define BEGIN_S   0.3
#define SWAY_HZ   0.23

static const uint32_t spine = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM);

struct scene {
    int exercise;
    uint32_t sites;
    double tremor_deg, tremor_hz;
    double hips_share;  // of the thorax's own turn
    double slump_deg_s; // the rest drifts
    double sway_deg;
    double bias_deg_s;
    uint32_t lost;
    double lost_from_s, lost_until_s;
};

struct errors {
    double range_deg, hold_s, begin_s;
};

static inline double angle_with_tremor(const struct scene *scene, const struct script *script, double t)
{
    double sway = scene->sway_deg * sin(2 * PI * SWAY_HZ * t + 1);
    return script_at(script, t) + scene->slump_deg_s * t + sway +
           scene->tremor_deg * sin(2 * PI * scene->tremor_hz * t + 0.3);
}

static inline void pose_of(const struct scene *scene, const struct script *script, double t, struct pose *pose)
{
    double x = angle_with_tremor(scene, script, t);
    memset(pose, 0, sizeof *pose);
    pose->pitch[SITE_C7] = 12; // nobody's spine is straight
    pose->pitch[SITE_SACRUM] = -8;
    switch (scene->exercise) {
    case EXERCISE_LYING_ROTATION: // on the right side
        pose->lying_pitch = -90;
        pose->lying_turn = -90;
        pose->pitch[SITE_C7] = 4;
        pose->pitch[SITE_SACRUM] = -3;
        // fall through
    case EXERCISE_THORACIC_ROTATION:
        pose->yaw[SITE_SACRUM] = scene->hips_share * x;
        pose->yaw[SITE_T12] = (0.5 + scene->hips_share) * x;
        pose->yaw[SITE_C7] = (1 + scene->hips_share) * x;
        break;
    case EXERCISE_THORACIC_EXTENSION:
        pose->lying_pitch = -80;
        pose->pitch[SITE_C7] -= x;
        break;
    case EXERCISE_SCAPULAR_SQUEEZE:
        pose->pitch[SITE_SHOULDER_LEFT] = 8 - 1.2 * x;
        pose->pitch[SITE_SHOULDER_RIGHT] = 6 - 0.8 * x;
        pose->roll[SITE_SHOULDER_LEFT] = 0.3 * x;
        pose->roll[SITE_SHOULDER_RIGHT] = -0.3 * x;
        break;
    default: // neck turns
        pose->yaw[SITE_HEAD] = x;
        break;
    }
}

static inline void perform(struct body *b, const struct scene *scene, const struct script *script, double until_s)
{
    struct pose pose;
    for (; (double)b->k / MOTION_RATE_HZ < until_s;) {
        double t = (double)b->k / MOTION_RATE_HZ;
        pose_of(scene, script, t, &pose);
        body_step(b, &pose, t >= scene->lost_from_s && t < scene->lost_until_s ? scene->lost : 0);
    }
}

// From a start at 1 s to the end of the script.
static inline void assess(struct body *b, const struct scene *scene, const struct script *script)
{
    body_begin(b, scene->sites);
    b->bias_deg_s = scene->bias_deg_s;
    perform(b, scene, script, 1);
    body_command(b, ASSESS_START, scene->exercise);
    perform(b, scene, script, script_end(script) + 2);
}

// Everything that was done was counted, with its side, and nothing else.
static inline void compare(const struct body *b, const struct script *script, struct errors *worst)
{
    for (int i = 0; i < b->n_done && i < script->n_truth; i++) {
        const struct repetition_result *r = &b->done[i];
        const struct truth *truth = &script->truth[i];
        double begins_s = (double)b->done_index[i] / (double)FRAME_RATE_HZ;
        if (r->side != SIDE_NONE)
            assert_int_equal(r->side, truth->side > 0 ? SIDE_LEFT : SIDE_RIGHT);
        worst->range_deg = fmax(worst->range_deg, fabs((double)r->range_deg - truth->range_deg));
        if (isfinite(r->hold_s))
            worst->hold_s = fmax(worst->hold_s, fabs((double)r->hold_s - truth->hold_s));
        worst->begin_s = fmax(worst->begin_s, fabs(begins_s - truth->begins_s));
        if (getenv("POISE_SHOW"))
            printf("  %d: range %.2f of %.2f, hold %.2f of %.2f, begins %.2f of %.2f, smooth %.2f\n", i,
                   (double)r->range_deg, truth->range_deg, (double)r->hold_s, truth->hold_s, begins_s, truth->begins_s,
                   (double)r->smoothness);
    }
    assert_int_equal(b->n_done, script->n_truth);
}

static inline void tell(const char *name, const struct errors *worst)
{
    printf("figure exercise_%s_range_worst %.2f deg\n", name, worst->range_deg);
    printf("figure exercise_%s_hold_worst %.2f s\n", name, worst->hold_s);
    printf("figure exercise_%s_begin_worst %.2f s\n", name, worst->begin_s);
}

static inline void check_done(struct body *b, const struct script *script, struct errors *worst)
{
    compare(b, script, worst);
    assert_int_equal(b->now.outcome, ASSESS_DONE);
    exercise_destroy(b->room);
}

#endif
