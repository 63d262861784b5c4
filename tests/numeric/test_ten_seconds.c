// SPDX-License-Identifier: GPL-3.0-or-later
// What goes into a ten-second mean, and what does not.
#include "check.h"

#include "findings/ten_seconds.h"

#include <string.h>

static struct ten_seconds_mean end(const struct ten_seconds *t)
{
    struct ten_seconds_mean mean;
    ten_seconds_end(t, &mean);
    return mean;
}

static void take_posture(struct ten_seconds *t, int n, float lean, bool calibrated, uint32_t slipped)
{
    struct output o = {.stream = STREAM_POSTURE};
    o.posture.calibrated = calibrated;
    o.posture.slipped = slipped;
    o.posture.mean.trunk_lean_deg = lean;
    o.posture.mean.thoracic_flexion_deg = 2 * lean;
    o.posture.trunk_rotation_range_deg = 14;
    for (int i = 0; i < n; i++)
        ten_seconds_take(t, &o, false);
}

static void take_cadence(struct ten_seconds *t, int n, int activity, float cadence)
{
    struct output o = {.stream = STREAM_CADENCE};
    o.cadence.activity = activity;
    o.cadence.cadence_spm = cadence;
    for (int i = 0; i < n; i++)
        ten_seconds_take(t, &o, false);
}

static void take_breathing(struct ten_seconds *t, int n, float chest, float abdomen, bool vest)
{
    struct output o = {.stream = STREAM_BREATHING};
    o.breathing.rate_bpm = 30;
    o.breathing.chest_share = NAN;
    o.breathing.chest_deg = chest;
    o.breathing.abdomen_deg = abdomen;
    for (int i = 0; i < n; i++)
        ten_seconds_take(t, &o, vest);
}

static void test_a_mean_needs_seven_tenths(void **state)
{
    (void)state;
    struct ten_seconds t;
    ten_seconds_begin(&t);
    take_posture(&t, 70, 4, true, 0);
    take_posture(&t, 70, 6, true, 0);
    assert_near(end(&t).value[QUANTITY_TRUNK_LEAN], 5, 1e-5);
    ten_seconds_begin(&t);
    take_posture(&t, 139, 5, true, 0);
    take_posture(&t, 61, NAN, true, 0);
    assert_true(isnan(end(&t).value[QUANTITY_TRUNK_LEAN]));
    assert_true(isnan(end(&t).value[QUANTITY_CADENCE]));
}

static void test_the_gait_is_that_of_nine_tenths(void **state)
{
    (void)state;
    struct ten_seconds t;
    ten_seconds_begin(&t);
    take_cadence(&t, 36, ACTIVITY_RUN, 165);
    take_cadence(&t, 4, ACTIVITY_WALK, 130);
    assert_int_equal(end(&t).gait, GAIT_RUN);
    take_cadence(&t, 1, ACTIVITY_WALK, 130);
    assert_int_equal(end(&t).gait, GAIT_NONE);
    ten_seconds_begin(&t);
    take_cadence(&t, 40, ACTIVITY_WALK, 110);
    assert_int_equal(end(&t).gait, GAIT_WALK);
    ten_seconds_begin(&t);
    take_cadence(&t, 20, ACTIVITY_RUN, 165); // half a window
    assert_int_equal(end(&t).gait, GAIT_NONE);
    ten_seconds_begin(&t);
    take_cadence(&t, 40, ACTIVITY_STILL, 0);
    assert_int_equal(end(&t).gait, GAIT_NONE);
    assert_true(isnan(end(&t).value[QUANTITY_CADENCE])); // standing has none
}

static void test_angles_need_a_calibration_that_holds(void **state)
{
    (void)state;
    struct ten_seconds t;
    ten_seconds_begin(&t);
    take_posture(&t, 200, 5, false, 0);
    assert_true(isnan(end(&t).value[QUANTITY_TRUNK_LEAN]));
    assert_true(isnan(end(&t).value[QUANTITY_THORACIC_FLEXION]));
    assert_near(end(&t).value[QUANTITY_TRUNK_ROTATION], 14, 1e-5); // has its own zero
    ten_seconds_begin(&t);
    take_posture(&t, 200, 5, true, SITE_BIT(SITE_SACRUM));
    assert_true(isnan(end(&t).value[QUANTITY_TRUNK_LEAN]));
    assert_near(end(&t).value[QUANTITY_THORACIC_FLEXION], 10, 1e-5);
    ten_seconds_begin(&t);
    take_posture(&t, 200, 5, true, SITE_BIT(SITE_WRIST_LEFT));
    assert_near(end(&t).value[QUANTITY_TRUNK_LEAN], 5, 1e-5);
}

static void test_depth_is_of_what_is_worn(void **state)
{
    (void)state;
    struct ten_seconds t;
    ten_seconds_begin(&t);
    take_breathing(&t, 10, 3, 2, false);
    assert_near(end(&t).value[QUANTITY_BREATH_DEPTH], 5, 1e-5);
    ten_seconds_begin(&t);
    take_breathing(&t, 10, 3, NAN, false);
    assert_near(end(&t).value[QUANTITY_BREATH_DEPTH], 3, 1e-5);
    ten_seconds_begin(&t);
    take_breathing(&t, 10, NAN, 2, false);
    assert_near(end(&t).value[QUANTITY_BREATH_DEPTH], 2, 1e-5);
    ten_seconds_begin(&t);
    take_breathing(&t, 5, 3, NAN, false); // the belt of the abdomen comes and goes
    take_breathing(&t, 5, 3, 2, false);
    assert_true(isnan(end(&t).value[QUANTITY_BREATH_DEPTH]));
}

static void test_a_vest_is_not_the_free_chest(void **state)
{
    (void)state;
    struct ten_seconds t;
    ten_seconds_begin(&t);
    take_breathing(&t, 10, 3, 2, true);
    assert_true(isnan(end(&t).value[QUANTITY_CHEST_FREE]));
    assert_near(end(&t).value[QUANTITY_BREATH_DEPTH], 5, 1e-5);
    ten_seconds_begin(&t);
    take_breathing(&t, 10, 3, 2, false);
    assert_near(end(&t).value[QUANTITY_CHEST_FREE], 3, 1e-5);
}

static void test_odd_steps_are_counted(void **state)
{
    (void)state;
    struct ten_seconds t;
    struct output o = {.stream = STREAM_STEP};
    ten_seconds_begin(&t);
    o.step.step_time_ms = 700;
    ten_seconds_take(&t, &o, false); // before any cadence is known
    assert_int_equal(end(&t).odd_steps, 0);
    take_cadence(&t, 1, ACTIVITY_RUN, 160); // 375 ms
    static const float times_ms[] = {375, 480, 520, 300, 260, NAN};
    for (int i = 0; i < 6; i++) {
        o.step.step_time_ms = times_ms[i];
        ten_seconds_take(&t, &o, false);
    }
    assert_int_equal(end(&t).odd_steps, 2);
}

static void test_arms_and_gait(void **state)
{
    (void)state;
    struct ten_seconds t;
    struct output a = {.stream = STREAM_ARMS}, g = {.stream = STREAM_GAIT};
    ten_seconds_begin(&t);
    a.arms.swing_left_deg = 60;
    a.arms.swing_right_deg = 40;
    g.gait.contact_ms = 250;
    g.gait.braking_g = NAN;
    for (int i = 0; i < 10; i++) {
        ten_seconds_take(&t, &a, false);
        ten_seconds_take(&t, &g, false);
    }
    assert_near(end(&t).value[QUANTITY_ARM_SWING], 50, 1e-5);
    assert_near(end(&t).value[QUANTITY_CONTACT], 250, 1e-5);
    assert_true(isnan(end(&t).value[QUANTITY_BRAKING]));
    ten_seconds_begin(&t);
    a.arms.swing_left_deg = NAN; // one wrist
    for (int i = 0; i < 10; i++)
        ten_seconds_take(&t, &a, false);
    assert_near(end(&t).value[QUANTITY_ARM_SWING], 40, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mean_needs_seven_tenths),
        cmocka_unit_test(test_the_gait_is_that_of_nine_tenths),
        cmocka_unit_test(test_angles_need_a_calibration_that_holds),
        cmocka_unit_test(test_depth_is_of_what_is_worn),
        cmocka_unit_test(test_a_vest_is_not_the_free_chest),
        cmocka_unit_test(test_odd_steps_are_counted),
        cmocka_unit_test(test_arms_and_gait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
