// SPDX-License-Identifier: GPL-3.0-or-later
// What the clocks of the session tell: warm-up, water, breaks, fatigue; and the parts of room findings that remember:
// the level machine, the shoulders' movement with the breath, the lean that begins with the pack.
#include "findings_rig.h"

#include "findings/level.h"
#include "findings/pack_on.h"
#include "findings/shoulders.h"

#include <errno.h>
#include <stdio.h>

static void test_a_cold_start(void **state)
{
    (void)state;
    static const struct {
        double easy_s;
        int level;
    } starts[] = {{30, LEVEL_WARN}, {110, LEVEL_WARN}, {200, LEVEL_NOTICE}, {290, LEVEL_NOTICE}, {330, LEVEL_OK}};
    struct findings_params params;
    rig_defaults(&params);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct rig r;
        rig_create(&r, &params);
        rig_do(&r, ACTIVITY_STILL, 60);
        rig_do(&r, ACTIVITY_WALK, starts[i].easy_s / 2);
        assert_int_equal(r.last[FACTOR_COLD_START].level, LEVEL_UNKNOWN);
        rig_do(&r, ACTIVITY_RUN, 5); // no run yet: five seconds to the bus
        rig_do(&r, ACTIVITY_WALK, starts[i].easy_s / 2);
        assert_int_equal(r.last[FACTOR_COLD_START].level, LEVEL_UNKNOWN);
        double run_s = r.time_s;
        rig_do(&r, ACTIVITY_RUN, 20);
        assert_int_equal(r.last[FACTOR_COLD_START].level, starts[i].level);
        if (starts[i].level != LEVEL_OK)
            assert_near((double)r.last[FACTOR_COLD_START].since_ns / 1e9, run_s, 1.0);
        rig_do(&r, ACTIVITY_RUN, 600 - starts[i].easy_s);
        assert_int_equal(r.last[FACTOR_COLD_START].level, LEVEL_OK); // ten minutes of movement make warm
        rig_destroy(&r);
    }
}

static void test_a_stiff_trunk_at_the_start(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    rig_give_usual(&r);
    rig_do(&r, ACTIVITY_WALK, 330);
    r.posture.trunk_rotation_range_deg = 7.5F; // of 14
    rig_do(&r, ACTIVITY_RUN, 120);
    assert_int_equal(r.last[FACTOR_COLD_START].level, LEVEL_NOTICE);
    rig_destroy(&r);
}

static void test_water(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    params.factor[FACTOR_HYDRATION_DUE].notice = 2;
    params.factor[FACTOR_HYDRATION_DUE].warn = 4;
    rig_create(&r, &params);
    rig_do(&r, ACTIVITY_WALK, 600);
    assert_int_equal(r.last[FACTOR_HYDRATION_DUE].level, LEVEL_OK);
    double run_s = r.time_s;
    rig_do(&r, ACTIVITY_RUN, 260);
    assert_near(r.reached_s[FACTOR_HYDRATION_DUE][LEVEL_NOTICE], run_s + 120, 2);
    assert_near(r.reached_s[FACTOR_HYDRATION_DUE][LEVEL_WARN], run_s + 240, 2);
    rig_mark(&r, "drinking is good"); // another mark
    rig_run(&r, 2);
    assert_int_equal(r.last[FACTOR_HYDRATION_DUE].level, LEVEL_WARN);
    rig_mark(&r, "drink");
    rig_run(&r, 2);
    assert_int_equal(r.last[FACTOR_HYDRATION_DUE].level, LEVEL_OK);
    rig_destroy(&r);
}

static void test_a_break_is_due(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    rig_do(&r, ACTIVITY_WALK, 30);
    double still_s = r.time_s;
    rig_do(&r, ACTIVITY_STILL, 3700);
    assert_near(r.reached_s[FACTOR_SITTING_LONG][LEVEL_NOTICE], still_s + 1800, 15);
    assert_near(r.reached_s[FACTOR_SITTING_LONG][LEVEL_WARN], still_s + 3600, 15);
    rig_do(&r, ACTIVITY_WALK, 30);
    assert_int_equal(r.last[FACTOR_SITTING_LONG].level, LEVEL_OK);
    rig_destroy(&r);
}

// Five degrees over twenty minutes, with the usual wander of ten-second means; and the same runner without it.
static void test_fatigue(void **state)
{
    (void)state;
    for (int tired = 0; tired < 2; tired++) {
        struct findings_params params;
        struct rig r;
        rig_defaults(&params);
        rig_create(&r, &params);
        findings_set_speed(r.findings, RIG_SPEED_M_S);
        rig_do(&r, ACTIVITY_WALK, 330);
        double from_s = r.time_s + 600, wander = 0;
        r.cadence = (struct cadence_result){165, 165, 0.9F, 6, ACTIVITY_RUN};
        double found_deg = NAN;
        for (int i = 0; i < 180; i++) {
            wander = 0.6 * wander + 0.3 * check_normal();
            double drifted = r.time_s > from_s ? (r.time_s - from_s) * 5 / 1200 : 0;
            r.posture.mean.thoracic_flexion_deg = (float)(1 + wander + tired * drifted);
            r.gait.contact_ms = 250 + (float)check_normal();
            rig_run(&r, 10);
            if (isnan(found_deg) && r.last[FACTOR_DRIFT].level >= LEVEL_NOTICE)
                found_deg = drifted;
        }
        if (tired) {
            printf("figure drift_found_at %.2f deg\n", found_deg);
            assert_true(found_deg > 0 && found_deg < 3.5);
            assert_string_equal(r.last[FACTOR_DRIFT].evidence[0].key, "thoracic_flexion_deg");
            assert_near(r.last[FACTOR_DRIFT].evidence[0].reference, 1, 0.5);
            printf("figure drift_since %.0f s after it began\n", (double)r.last[FACTOR_DRIFT].since_ns / 1e9 - from_s);
            assert_near((double)r.last[FACTOR_DRIFT].since_ns / 1e9, from_s + 240, 400);
        } else {
            assert_true(isnan(found_deg));
            assert_int_equal(r.last[FACTOR_DRIFT].level, LEVEL_OK);
        }
        rig_destroy(&r);
    }
}

static void test_a_lean_that_begins_with_the_pack(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    r.pack = (struct pack_result){NAN, NAN, NAN, NAN}; // no sensor on it
    r.posture.mean.trunk_side_lean_deg = 2;
    rig_do(&r, ACTIVITY_WALK, 60);
    assert_int_equal(r.last[FACTOR_PACK_UNEVEN].level, LEVEL_UNKNOWN);
    rig_mark(&r, "pack on");
    r.posture.mean.trunk_side_lean_deg = -6;
    rig_run(&r, 145);
    assert_int_equal(r.last[FACTOR_PACK_UNEVEN].level, LEVEL_WARN);
    rig_mark(&r, "pack off");
    rig_run(&r, 15);
    assert_int_equal(r.last[FACTOR_PACK_UNEVEN].level, LEVEL_UNKNOWN);
    rig_destroy(&r);
}

// Shoulders that rise by a known amount, on top of the stride's movement, drift, and noise.
static void test_the_shoulders_projection(void **state)
{
    (void)state;
    static const struct {
        double bpm, deg;
    } breaths[] = {{6, 2}, {14, 1}, {14, 0}, {24, 3}, {36, 1}, {36, 0}, {48, 2}, {60, 4}};
    for (size_t i = 0; i < sizeof breaths / sizeof *breaths; i++) {
        struct shoulders s;
        shoulders_reset(&s);
        int64_t at_ns = 0;
        assert_true(isnan(shoulders_breath_deg(&s, breaths[i].bpm, at_ns)));
        for (int k = 0; k < 1500; k++) {
            double t = k * 0.05;
            at_ns = (int64_t)k * INT64_C(50000000);
            float lift =
                (float)(0.5 * breaths[i].deg * sin(2 * PI * breaths[i].bpm / 60 * t + 0.3) +
                        2 * sin(2 * PI * 1.375 * t) + 1.5 * sin(2 * PI * 2.75 * t) + 0.02 * t + 0.3 * check_normal());
            struct posture_angles now = {.shoulder_elevation_left_deg = lift, .shoulder_elevation_right_deg = lift};
            if (k % 50 == 7)
                now.shoulder_elevation_left_deg = NAN;
            shoulders_push(&s, &now, at_ns);
        }
        double found = shoulders_breath_deg(&s, breaths[i].bpm, at_ns - INT64_C(15000000000));
        printf("figure shoulders_%.0f_bpm %.2f of %.2f deg\n", breaths[i].bpm, found, breaths[i].deg);
        assert_near(found, breaths[i].deg, 0.3);
        assert_true(isnan(shoulders_breath_deg(&s, 1.5, at_ns)));                            // too slow to see three
        assert_true(isnan(shoulders_breath_deg(&s, breaths[i].bpm, INT64_C(-20000000000)))); // forgotten
    }
}

static struct assessment valued(double value, double notice, double warn, double at_s)
{
    struct assessment a = {.at_ns = (int64_t)(at_s * 1e9)};
    const struct criterion c = {.value = value, .notice = notice, .warn = warn, .resolution = 0.1};
    assess_criterion(&a, &c);
    return a;
}

// 12 is the limit, 10.2 where its hysteresis ends, 8 and 6.8 those of the notice.
static void test_the_level_machine(void **state)
{
    (void)state;
    static const struct {
        double value, for_s;
        int level; // at the end of it
    } acts[] = {
        {5, 2, LEVEL_OK},       {13, 9.6, LEVEL_OK},    {11, 0.6, LEVEL_NOTICE}, // 10 s are a third of the hold
        {13, 20.4, LEVEL_WARN},                                                  // in the band the hold goes on
        {10.5, 60, LEVEL_WARN}, {9, 1.6, LEVEL_WARN},   {13, 1, LEVEL_WARN},     // back for less than the release
        {9, 2.6, LEVEL_NOTICE}, {7, 20, LEVEL_NOTICE},  {6, 2.6, LEVEL_OK},
        {13, 15, LEVEL_NOTICE}, {5, 1.4, LEVEL_NOTICE}, {13, 28, LEVEL_NOTICE}, // the hold began anew
        {13, 3, LEVEL_WARN},
    };
    const struct level_timing timing = {{10, 30}, 2};
    struct level l;
    level_init(&l);
    double t = 100;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        double until = t + acts[i].for_s;
        for (; t < until - 1e-6; t += 0.2) {
            struct assessment a = valued(acts[i].value, 8, 12, t);
            level_step(&l, &a, &timing, (int64_t)(t * 1e9));
        }
        if (l.level != acts[i].level)
            fail_msg("after act %zu the level is %d, expected %d", i, l.level, acts[i].level);
    }
}

static void test_scores(void **state)
{
    (void)state;
    const struct criterion up = {.notice = 8, .warn = 12}, down = {.reference = 100, .notice = 60, .warn = 40};
    static const double values[] = {-5, 0, 4, 8, 10, 12, 16, 99}, expected[] = {0, 0, 0.25, 0.5, 0.75, 1, 1.5, 2};
    static const double falling[] = {120, 100, 80, 60, 50, 40, 20, -99};
    for (int i = 0; i < 8; i++) {
        struct criterion c = up;
        c.value = values[i];
        assert_near(assess_score(&c), expected[i], 1e-6);
        c = down;
        c.value = falling[i];
        assert_near(assess_score(&c), expected[i], 1e-6);
    }
}

static void test_limits_the_wrong_way_round_are_refused(void **state)
{
    (void)state;
    struct findings_params params;
    char error[256];
    rig_defaults(&params);
    assert_int_equal(findings_check(&params, error, sizeof error), 0);
    params.factor[FACTOR_SLOUCHING].notice = 13;
    assert_int_equal(findings_check(&params, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "slouching"));
    rig_defaults(&params);
    params.factor[FACTOR_TOO_LITTLE].warn = 25;
    assert_int_equal(findings_check(&params, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "too_little"));
    for (int f = 0; f < N_FACTORS; f++) {
        assert_true(factors[f].name && factors[f].needs && factors[f].says && factors[f].advice);
        assert_true((unsigned)factors[f].cause < N_CAUSES);
    }
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cold_start),
        cmocka_unit_test(test_a_stiff_trunk_at_the_start),
        cmocka_unit_test(test_water),
        cmocka_unit_test(test_a_break_is_due),
        cmocka_unit_test(test_fatigue),
        cmocka_unit_test(test_a_lean_that_begins_with_the_pack),
        cmocka_unit_test(test_the_shoulders_projection),
        cmocka_unit_test(test_the_level_machine),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_limits_the_wrong_way_round_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
