// SPDX-License-Identifier: GPL-3.0-or-later
// Cycles (circles, rolls, swing, breath) and stances of known number and size.
#include "exercise_body.h"

#define WRISTS    (SITE_BIT(SITE_WRIST_LEFT) | SITE_BIT(SITE_WRIST_RIGHT))
#define SHOULDERS (SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT))

typedef void (*pose_at)(double t_s, struct pose *pose);

static void run(struct body *b, pose_at at, double until_s)
{
    struct pose pose;
    while ((double)b->k / MOTION_RATE_HZ < until_s) {
        memset(&pose, 0, sizeof pose);
        at((double)b->k / MOTION_RATE_HZ, &pose);
        body_step(b, &pose, 0);
    }
}

static void start(struct body *b, uint32_t sites, int exercise, pose_at at)
{
    body_begin(b, sites);
    run(b, at, 0.5);
    body_command(b, ASSESS_START, exercise);
}

static double ramp(double t, double from, double to) // 0 … 1, least jerk
{
    double x = fmin(fmax((t - from) / (to - from), 0), 1);
    return x * x * x * (10 - 15 * x + 6 * x * x);
}

// ---- warm-up without a sensor at the head ----

// The left arm circles forward ten times, the right one swings far to and fro and then circles backward.
static void circling(double t, struct pose *pose)
{
    pose->pitch[SITE_WRIST_LEFT] = 3600 * ramp(t, 5, 30);
    pose->pitch[SITE_WRIST_RIGHT] = t < 15 ? 150 * sin(2 * PI * fmax(t - 5, 0) / 2.5) : -3600 * ramp(t, 16, 40);
    double roll_s = fmin(fmax(t - 45, 0), 20);
    pose->roll[SITE_SHOULDER_LEFT] = 7 * (1 - cos(2 * PI * roll_s / 2));
    pose->roll[SITE_SHOULDER_RIGHT] = -4 * (1 - cos(2 * PI * roll_s / 2));
}

static void test_warm_up(void **state)
{
    (void)state;
    struct body b;
    start(&b, SITE_BIT(SITE_C7) | WRISTS | SHOULDERS, EXERCISE_WARM_UP, circling);
    run(&b, circling, 44);
    assert_int_equal(b.now.part, 2);
    for (int side = 0; side < 2; side++) {
        const struct exercise_row *row = body_row(&b, 1, side);
        assert_int_equal(row->count, 10);
        assert_near(row->range_deg, 360, 1);
        assert_near(body_value(row, side == SIDE_LEFT ? "forward" : "backward"), 10, 0);
        assert_near(body_value(row, side == SIDE_LEFT ? "backward" : "forward"), 0, 0);
    }
    run(&b, circling, 67);
    assert_int_equal(b.now.outcome, ASSESS_DONE); // neck turns are left out
    assert_non_null(strstr(b.now.hint, "neck_turns"));
    assert_int_equal(body_row(&b, 2, SIDE_LEFT)->count, 10);
    assert_int_equal(body_row(&b, 2, SIDE_RIGHT)->count, 10);
    assert_near(body_row(&b, 2, SIDE_LEFT)->range_deg, 14, 0.5);
    assert_near(body_row(&b, 2, SIDE_RIGHT)->range_deg, 8, 0.5);
    assert_near(body_value(body_row(&b, 2, SIDE_LEFT), "rate_per_min"), 30, 0.5);
    assert_int_equal(body_row(&b, 3, SIDE_LEFT)->count, 0);
    assert_true(isnan(body_row(&b, 3, SIDE_RIGHT)->range_deg));
    exercise_destroy(b.room);
}

// One who sways stands for a while before he rolls the shoulders: a series begins from rest, its phase speeds up evenly
// over the first roll.
#define SERIES_S 25.0

static void rolling(double t, struct pose *pose)
{
    double s = fmin(fmax(t - SERIES_S, 0), 21), turns = s < 2 ? s * s / 4 : s - 1;
    pose->roll[SITE_SHOULDER_LEFT] = 0.6 * sin(2 * PI * 0.04 * t) + 5 * (1 - cos(PI * turns));
    pose->roll[SITE_SHOULDER_RIGHT] = 0.6 * cos(2 * PI * 0.03 * t) - 7 * (1 - cos(PI * turns));
}

static void test_rolls_after_a_rest(void **state)
{
    (void)state;
    struct body b;
    double worst[2] = {0, 0};
    start(&b, SITE_BIT(SITE_C7) | SHOULDERS, EXERCISE_WARM_UP, rolling);
    run(&b, rolling, 50);
    assert_int_equal(b.n_done, 20);
    for (int i = 0; i < b.n_done; i++) {
        int number = b.done[i].number;
        double begins_s = SERIES_S + (number == 1 ? 0 : 2 * number - 1.0);
        double range_deg = b.done[i].side == SIDE_LEFT ? 10 : 14;
        worst[0] = fmax(worst[0], fabs((double)b.done_index[i] / (double)FRAME_RATE_HZ - begins_s));
        worst[1] = fmax(worst[1], fabs((double)b.done[i].range_deg - range_deg));
    }
    printf("figure exercise_rolls_begin_worst %.2f s\nfigure exercise_rolls_range_worst %.2f deg\n", worst[0],
           worst[1]);
    assert_true(worst[0] < 0.5 && worst[1] < 1);
    exercise_destroy(b.room);
}

// ---- arm swing ----

static void swinging(double t, struct pose *pose)
{
    double elbows = -80 * ramp(t, 4, 7), on = ramp(t, 8, 9), phase = 2 * PI * 1.25 * fmax(t - 8, 0);
    pose->pitch[SITE_WRIST_LEFT] = elbows + 30 * on * sin(phase);
    pose->pitch[SITE_WRIST_RIGHT] = -80 - elbows - 20 * on * sin(phase);
}

static void test_arm_swing(void **state)
{
    (void)state;
    struct body b;
    start(&b, SITE_BIT(SITE_C7) | WRISTS, EXERCISE_ARM_SWING, swinging);
    run(&b, swinging, 30);
    struct output arms = {.stream = STREAM_ARMS};
    arms.arms.crossing_left_deg = 12;
    arms.arms.crossing_right_deg = 3;
    arms.arms.stiffness = NAN;
    arms.arms.swing_left_deg = NAN; // the pitch of the wrist then
    arms.arms.swing_right_deg = 44;
    exercise_take(b.room, &arms);
    b.turn = true; // gait has shown forward: costs no cycle
    run(&b, swinging, 42);
    assert_int_equal(b.now.outcome, ASSESS_DONE);
    const struct exercise_row *left = body_row(&b, 1, SIDE_LEFT), *right = body_row(&b, 1, SIDE_RIGHT);
    assert_near(left->count, 37, 0); // of 30 s at 1.25 Hz
    assert_near(right->count, 37, 1);
    assert_near(left->range_deg, 60, 1.5);
    assert_near(right->range_deg, 44, 0);
    assert_true(left->best_deg < 63); // the elbows' bending is no swing
    assert_near(body_value(left, "asymmetry_pct"), 31, 2);
    assert_near(body_value(left, "rate_per_min"), 75, 0.5);
    assert_near(body_value(left, "crossing_deg"), 12, 0);
    assert_near(body_value(right, "crossing_deg"), 3, 0);
    exercise_destroy(b.room);
}

// ---- breathing ----

static double turned_deg; // of the axes, by a calibration

// Lying on the back; into the chest at 10 a minute, from 45 s on into the belly at 8, the other one going along against
// it. The spine moves with both; the belly sways by itself.
static void breathing(double t, struct pose *pose)
{
    double belly = ramp(t, 43, 46), turns = 10.0 / 60 * (fmin(t, 44) - 2) + 8.0 / 60 * fmax(t - 44, 0);
    double breath = -cos(2 * PI * turns), sway = 1.5 * sin(2 * PI * 0.04 * t);
    pose->lying_pitch = -90;
    pose->pitch[SITE_C7] = pose->pitch[SITE_T12] = pose->pitch[SITE_SACRUM] = sway;
    pose->pitch[SITE_STERNUM] = turned_deg + sway - (2 - 2.25 * belly) * breath;
    pose->pitch[SITE_ABDOMEN] = sway + 0.2 * sin(2 * PI * 0.11 * t) - 0.3 * turned_deg + (0.5 + 2.5 * belly) * breath;
}

static void check_breathing(double by_deg)
{
    const uint32_t sites = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_STERNUM) |
                           SITE_BIT(SITE_ABDOMEN);
    struct body b;
    body_begin(&b, sites);
    run(&b, breathing, 7);
    body_command(&b, ASSESS_START, EXERCISE_BREATHING);
    turned_deg = 0;
    run(&b, breathing, 21);
    turned_deg = by_deg;
    b.turn = by_deg != 0;
    run(&b, breathing, 72);
    turned_deg = 0;
    assert_int_equal(b.now.outcome, ASSESS_DONE);
    const struct exercise_row *chest = body_row(&b, 1, SIDE_NONE), *belly = body_row(&b, 2, SIDE_NONE);
    assert_near(chest->count, 5, 1);
    assert_near(belly->count, 4, 1);
    assert_near(body_value(chest, "rate_per_min"), 10, 0.2);
    assert_near(body_value(belly, "rate_per_min"), 8, 0.4);
    assert_near(body_value(chest, "chest_deg"), 4, 0.2);
    assert_near(body_value(chest, "abdomen_deg"), 1, 0.2);
    assert_near(body_value(chest, "chest_share"), 0.8, 0.03);
    assert_near(body_value(belly, "abdomen_deg"), 6, 0.3);
    assert_near(body_value(belly, "chest_share"), 0.5 / 6.5, 0.04);
    exercise_destroy(b.room);
}

static void test_breathing(void **state)
{
    (void)state;
    check_breathing(0);
    check_breathing(12);
}

static void test_breathing_chest_alone(void **state)
{
    (void)state;
    struct body b;
    body_begin(&b, SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_T12));
    run(&b, breathing, 7);
    body_command(&b, ASSESS_START, EXERCISE_BREATHING);
    run(&b, breathing, 42);
    const struct exercise_row *chest = body_row(&b, 1, SIDE_NONE);
    assert_near(body_value(chest, "chest_deg"), 4, 0.2);
    assert_true(isnan(body_value(chest, "abdomen_deg")));
    assert_true(isnan(body_value(chest, "chest_share")));
    exercise_destroy(b.room);
}

// ---- stances ----

static void standing(double t, struct pose *pose)
{
    (void)t;
    (void)pose;
}

// 20 Hz of posture's angles while the body stands; straightens up at 22 s.
static void stand_until(struct body *b, double until_s)
{
    while ((double)b->k / MOTION_RATE_HZ < until_s) {
        double t = (double)b->k / MOTION_RATE_HZ, taller = ramp(t, 22, 23);
        struct output o = {.stream = STREAM_POSTURE};
        o.posture.now.thoracic_flexion_deg = (float)(8 - 6 * taller + 0.5 * sin(2 * PI * 0.3 * t));
        o.posture.now.neck_flexion_deg = (float)(5 - 4 * taller);
        o.posture.now.trunk_lean_deg = (float)(1 + 0.5 * sqrt(2) * sin(2 * PI * 0.4 * t));
        o.posture.now.shoulder_asymmetry_deg = NAN;
        exercise_take(b->room, &o);
        run(b, standing, t + 0.05);
    }
}

static void test_posture(void **state)
{
    (void)state;
    struct body b;
    start(&b, SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12), EXERCISE_POSTURE, standing);
    stand_until(&b, 36); // the taller stand was taken up 6 s after it was asked for: 15 s of it count
    assert_int_equal(b.now.outcome, ASSESS_RUNNING);
    stand_until(&b, 40);
    assert_int_equal(b.now.outcome, ASSESS_DONE);
    const struct exercise_row *usual = body_row(&b, 0, SIDE_NONE), *tall = body_row(&b, 1, SIDE_NONE);
    assert_near(body_value(usual, "thoracic_flexion_deg"), 8, 0.2);
    assert_near(body_value(usual, "neck_flexion_deg"), 5, 0.05);
    assert_near(body_value(usual, "sway_deg"), 0.5, 0.05);
    assert_true(isnan(body_value(usual, "shoulder_asymmetry_deg")));
    assert_near(body_value(tall, "thoracic_flexion_deg"), 2, 0.3);
    assert_near(body_value(tall, "thoracic_flexion_change_deg"), -6, 0.3);
    assert_near(body_value(tall, "neck_flexion_change_deg"), -4, 0.3);
    exercise_destroy(b.room);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_warm_up),   cmocka_unit_test(test_arm_swing),
    cmocka_unit_test(test_breathing), cmocka_unit_test(test_breathing_chest_alone),
    cmocka_unit_test(test_posture),   cmocka_unit_test(test_rolls_after_a_rest),
};

int main(void)
{
    check_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
