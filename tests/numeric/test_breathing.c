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
    double back_deg;              // how far T12 leans beyond the chest and C7
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
        motion_tilt(&m, SITE_T12, 1 + c->back_deg + 0.3 * gait + c->noise_deg * check_normal());
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

// Pitch of a body lying on its left side cannot be seen by gravity: the gyros tell.
static void breathing_on_the_side_is_found_by_the_gyros(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct breathing_result r = {0};
    int64_t index;
    for (int64_t k = 0; k < 9000; k++) {
        double turn = 2 * PI * 15 / 60 * 0.01 * (double)k;
        struct motion m;
        motion_begin(&m, k, FULL);
        for (int s = 0; s < N_SITES; s++) {
            m.up[s][2] = 0;
            m.up[s][1] = -1; // the right side is up
        }
        m.rate[SITE_STERNUM][1] = (float)(cos(turn) * 2 * PI * 15 / 60 / 57.3); // 1 degree to either side
        m.rate[SITE_ABDOMEN][1] = (float)(1.5 * cos(turn) * 2 * PI * 15 / 60 / 57.3);
        const struct gait_phase still = {0};
        breathing_step(b, &m, &still);
        struct breathing_result now;
        if (breathing_pull(b, &now, &index))
            r = now;
    }
    assert_near(r.rate_bpm, 15, REST_TOLERANCE_BPM);
    assert_near(r.chest_deg, 2, 0.2);
    assert_near(r.chest_share, 0.4, 0.03);
    breathing_destroy(b);
}

// A site of the spine that comes and goes moves the level against which the chest is measured; it is no breath.
static void a_site_that_comes_and_goes_makes_no_breath(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct chest c = {.bpm = 12, .depth_deg = 2, .noise_deg = 0.05, .back_deg = 12};
    struct breathing_result r = {0};
    struct inspiration_result breath;
    int64_t index;
    for (int i = 0; i < 12; i++) { // every 7 s C7 comes or goes, which moves the level by 6 degrees
        r = run(b, &c, 7, i % 2 ? FULL : FULL | SITE_BIT(SITE_C7), true);
        while (breathing_pull_inspiration(b, &breath, &index))
            assert_in_range(lroundf(breath.depth_deg * 10), 30, 42); // chest 2, abdomen 1.6 degrees
    }
    assert_near(r.rate_bpm, 12, REST_TOLERANCE_BPM);
    assert_near(r.chest_deg, 2, 0.3);
    breathing_destroy(b);
}

// Where the sensors are silent for 20 of 60 s the breaths of the rest still count, and nothing is made up.
static void a_gap_is_left_out(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct chest c = {.bpm = 20, .depth_deg = 2, .noise_deg = 0.05};
    (void)run(b, &c, 60, FULL, true);
    (void)run(b, &c, 15, 0, true);
    struct breathing_result r = run(b, &c, 15, FULL, true);
    assert_near(r.rate_bpm, 20, REST_TOLERANCE_BPM);
    r = run(b, &c, 70, 0, true);
    assert_true(isnan(r.rate_bpm) && isnan(r.hold_s));
    breathing_destroy(b);
}

// A start or a stop of walking leaves no hole in the answers.
static void a_start_and_a_stop_are_bridged(void **state)
{
    (void)state;
    struct breathing *b = fresh();
    struct chest c = {.bpm = 22, .depth_deg = 2, .gait_deg = 3, .noise_deg = 0.05};
    (void)run(b, &c, 60, FULL, true);
    for (int change = 0; change < 4; change++) {
        c.step_hz = change % 2 ? 0 : 1.9;
        for (int second = 0; second < 30; second += 3)
            assert_near(run(b, &c, 3, FULL, true).rate_bpm, 22, 3);
    }
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
        cmocka_unit_test(breathing_on_the_side_is_found_by_the_gyros),
        cmocka_unit_test(a_site_that_comes_and_goes_makes_no_breath),
        cmocka_unit_test(a_gap_is_left_out),
        cmocka_unit_test(a_start_and_a_stop_are_bridged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
