// SPDX-License-Identifier: GPL-3.0-or-later
// Breathing of a synthetic chest: at rest, under walking and running, with harmonics, slow and fast, absent.
#include "check.h"

#include "breathing/breathing.h"
#include "motion_maker.h"

#define REST_TOLERANCE_BPM 0.3
#define RUN_TOLERANCE_BPM  1.0

static const struct breathing_params defaults = {60, 30, 15, 2.7, 75, 4, 0.35};

struct chest {
    double bpm, depth_deg, harmonic; // depth peak to peak
    double step_hz, gait_deg, jitter;
    double noise_deg;
    double breath, steps, length; // phases in turns
};

static struct breathing_result run(struct breathing *b, struct chest *c, int seconds, uint32_t sites, bool gyro)
{
    static int64_t k;
    struct breathing_result last = {0};
    int64_t index;
    if (seconds == 0)
        k = 0;
    for (int64_t end = k + seconds * 100; k < end; k++) {
        c->breath += c->bpm / 60 * 0.01;
        double before = floor(c->steps);
        c->steps += c->step_hz * 0.01 / (c->length > 0 ? c->length : 1);
        if (floor(c->steps) > before)
            c->length = 1 + c->jitter * check_normal();
        double breath = 0.5 * c->depth_deg * (sin(2 * PI * c->breath) + c->harmonic * sin(4 * PI * c->breath + 1));
        double stride = PI * c->steps;
        double gait = c->gait_deg * (sin(stride) + sin(2 * stride + 1) + 0.5 * sin(4 * stride + 2));
        struct motion m;
        motion_begin(&m, k, sites);
        if (!gyro) {
            m.has_yaw = 0;
            memset(m.frame_valid[SITE_STERNUM], FRAME_ACC | FRAME_INCLINATION, FRAME_BLOCK_LEN);
            memset(m.frame_valid[SITE_ABDOMEN], FRAME_ACC | FRAME_INCLINATION, FRAME_BLOCK_LEN);
        }
        motion_tilt(&m, SITE_STERNUM, 3 + breath + gait + c->noise_deg * check_normal());
        motion_tilt(&m, SITE_ABDOMEN, -2 + 0.8 * breath + 0.7 * gait + c->noise_deg * check_normal());
        motion_tilt(&m, SITE_T12, 1 + 0.3 * gait + c->noise_deg * check_normal());
        const struct gait_phase phase = {
            .moving = c->step_hz > 0, .step_hz = (float)c->step_hz, .step_turns = c->steps};
        breathing_step(b, &m, &phase);
        struct breathing_result r;
        if (breathing_pull(b, &r, &index))
            last = r;
    }
    return last;
}

static struct breathing *fresh(void)
{
    struct breathing *b;
    struct chest none = {0};
    assert_int_equal(breathing_create(&b, &defaults), 0);
    (void)run(b, &none, 0, 0, true);
    return b;
}

#define FULL (SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_ABDOMEN) | SITE_BIT(SITE_T12))

static void breathing_at_rest_is_exact(void **state)
{
    (void)state;
    for (double bpm = 4; bpm < 70; bpm *= 1.3) {
        struct breathing *b = fresh();
        struct chest c = {.bpm = bpm, .depth_deg = 2, .noise_deg = 0.2};
        struct breathing_result r = run(b, &c, 90, FULL, true);
        assert_near(r.rate_bpm, bpm, REST_TOLERANCE_BPM);
        assert_near(r.chest_deg, 2, 0.2);
        assert_near(r.chest_share, 1 / 1.8, 0.03);
        assert_near(r.phase_deg, 0, 10);
        breathing_destroy(b);
    }
}

static void the_second_harmonic_is_not_taken_for_the_breath(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct chest c = {.bpm = 24, .depth_deg = 2, .harmonic = 0.7, .step_hz = 2.7, .gait_deg = 1, .noise_deg = 0.1};
    struct breathing_result r = run(b, &c, 60, FULL, true);
    assert_near(r.rate_bpm, 24, RUN_TOLERANCE_BPM);
    breathing_destroy(b);
}

static void breathing_is_found_under_jittered_strides(void **state)
{
    (void)state;
    double worst = 0;
    for (double bpm = 18; bpm <= 62; bpm += 4) {
        struct breathing *b = fresh();
        struct chest c = {
            .bpm = bpm, .depth_deg = 1.5, .step_hz = 2.75, .gait_deg = 10, .jitter = 0.02, .noise_deg = 0.2};
        struct breathing_result r = run(b, &c, 70, FULL, true);
        assert_true(isfinite(r.rate_bpm));
        worst = fmax(worst, fabs((double)r.rate_bpm - bpm));
        assert_near(r.steps_per_breath, 2.75 * 60 / bpm, 0.4);
        breathing_destroy(b);
    }
    printf("worst while running %.2f breaths/min\n", worst);
    assert_near(worst, 0, RUN_TOLERANCE_BPM);
}

static void an_accelerometer_on_the_chest_is_enough_at_rest_but_not_while_moving(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct chest c = {.bpm = 12, .depth_deg = 2, .noise_deg = 0.1};
    assert_near(run(b, &c, 80, SITE_BIT(SITE_STERNUM), false).rate_bpm, 12, REST_TOLERANCE_BPM);
    c.step_hz = 2.7;
    c.gait_deg = 3;
    assert_true(isnan(run(b, &c, 60, SITE_BIT(SITE_STERNUM), false).rate_bpm));
    breathing_destroy(b);
}

static void no_breath_no_rate(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct chest c = {.noise_deg = 0.3};
    assert_true(isnan(run(b, &c, 120, FULL, true).rate_bpm));
    assert_true(isnan(run(b, &c, 60, SITE_BIT(SITE_FOOT_LEFT), true).rate_bpm));
    breathing_destroy(b);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breathing_at_rest_is_exact),
        cmocka_unit_test(the_second_harmonic_is_not_taken_for_the_breath),
        cmocka_unit_test(breathing_is_found_under_jittered_strides),
        cmocka_unit_test(an_accelerometer_on_the_chest_is_enough_at_rest_but_not_while_moving),
        cmocka_unit_test(no_breath_no_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
