// SPDX-License-Identifier: GPL-3.0-or-later
// The way through the parts: what is asked for when, what ends it, and what goes wrong on the way.
#include "exercise_body.h"

static const uint32_t spine = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM);
static const struct manner calm = {.move_s = 1.5, .back_s = 1.5, .hold_s = 5, .rest_s = 2};

// The thorax turns by the script, or bends backward when it lies.
static void run_script(struct body *b, const struct script *script, double until_s, uint32_t lost, bool lying)
{
    struct pose pose;
    while ((double)b->k / MOTION_RATE_HZ < until_s) {
        double x = script_at(script, (double)b->k / MOTION_RATE_HZ);
        memset(&pose, 0, sizeof pose);
        if (lying) {
            pose.lying_pitch = -90;
            pose.pitch[SITE_C7] = -x;
        } else {
            pose.yaw[SITE_C7] = x;
        }
        body_step(b, &pose, lost);
    }
}

static void turns(struct script *script, int n)
{
    *script = (struct script){0};
    script_wait(script, 5);
    for (int i = 0; i < n; i++)
        script_repetition(script, i % 2 ? -40 : 40, &calm);
}

static void begin(struct body *b, const struct script *script, uint32_t sites, int exercise, bool lying)
{
    body_begin(b, sites);
    run_script(b, script, 1, 0, lying);
    body_command(b, ASSESS_START, exercise);
}

static void test_cues(void **state)
{
    (void)state;
    struct body b;
    struct script script;
    turns(&script, 10);
    body_begin(&b, spine);
    run_script(&b, &script, 1, 0, false);
    assert_int_equal(b.now.commands, 0); // nothing is told before a command
    exercise_set_utc(b.room, 5000);
    body_command(&b, ASSESS_START, EXERCISE_THORACIC_ROTATION);
    run_script(&b, &script, 2, 0, false);
    assert_int_equal(b.now.outcome, ASSESS_RUNNING);
    assert_int_equal(b.now.commands, 1);
    assert_int_equal(b.now.begun_ns, 999 * FRAME_PERIOD_NS);
    assert_int_equal(b.now.begun_utc_ns, 999 * FRAME_PERIOD_NS + 5000);
    assert_int_equal(b.now.cue, CUE_BE_STILL);
    assert_true(b.now.remaining_s > 0 && b.now.remaining_s < 2);
    run_script(&b, &script, 4.5, 0, false);
    assert_int_equal(b.now.part, 1);
    assert_int_equal(b.now.cue, CUE_MOVE);
    run_script(&b, &script, 8.5, 0, false);
    assert_int_equal(b.now.cue, CUE_HOLD);
    assert_near(b.now.angle_deg, 40, 0.5);
    assert_near(b.now.held_s, 2, 0.4);
    run_script(&b, &script, 13, 0, false);
    assert_int_equal(b.now.cue, CUE_BACK);
    run_script(&b, &script, 14.5, 0, false);
    assert_int_equal(b.now.cue, CUE_MOVE);
    assert_int_equal(b.now.count[0], 1);
    assert_int_equal(b.now.count[1], 0);
    run_script(&b, &script, 18.5, 0, false);
    assert_near(b.now.angle_deg, -40, 0.5);
    exercise_destroy(b.room);
}

// A stop, and another start, leave what was done.
static void test_stop(void **state)
{
    (void)state;
    struct body b;
    struct script script;
    turns(&script, 10);
    begin(&b, &script, spine, EXERCISE_THORACIC_ROTATION, false);
    run_script(&b, &script, 39, 0, false); // in the middle of the fourth
    body_command(&b, ASSESS_STOP, 0);
    run_script(&b, &script, 40, 0, false);
    assert_int_equal(b.now.outcome, ASSESS_STOPPED);
    assert_int_equal(b.now.commands, 2);
    assert_int_equal(b.now.part, -1);
    assert_int_equal(b.n_done, 3);
    assert_int_equal(body_row(&b, 1, SIDE_LEFT)->count, 2);
    assert_int_equal(body_row(&b, 1, SIDE_RIGHT)->count, 1);
    body_command(&b, ASSESS_START, EXERCISE_THORACIC_EXTENSION);
    run_script(&b, &script, 41, 0, false);
    assert_int_equal(b.now.outcome, ASSESS_RUNNING);
    assert_int_equal(b.now.n_rows, 0);
    assert_string_equal(b.now.hint, "Lie on the back.");
    exercise_destroy(b.room);
}

static void test_next(void **state)
{
    (void)state;
    struct body b;
    struct script script;
    turns(&script, 3);
    begin(&b, &script, spine, EXERCISE_THORACIC_ROTATION, false);
    run_script(&b, &script, 16, 0, false);
    body_command(&b, ASSESS_NEXT, 0); // the last part
    run_script(&b, &script, 17, 0, false);
    assert_int_equal(b.now.outcome, ASSESS_DONE);
    assert_int_equal(body_row(&b, 1, SIDE_LEFT)->count, 1);
    exercise_destroy(b.room);
}

static void test_give_up(void **state)
{
    (void)state;
    struct body b;
    struct script script;
    turns(&script, 1);
    begin(&b, &script, spine, EXERCISE_THORACIC_ROTATION, false);
    run_script(&b, &script, 70, 0, false); // done by 13.2 s
    assert_int_equal(b.now.outcome, ASSESS_RUNNING);
    run_script(&b, &script, 76, 0, false);
    assert_int_equal(b.now.outcome, ASSESS_STOPPED);
    assert_string_equal(b.now.hint, "Nothing happened for 60 s.");
    assert_int_equal(body_row(&b, 1, SIDE_LEFT)->count, 1);
    exercise_destroy(b.room);
}

static void expect_failure(uint32_t sites, uint32_t gyro, int exercise, const char *hint)
{
    struct body b;
    struct script script = {0};
    body_begin(&b, sites);
    b.gyro = gyro;
    run_script(&b, &script, 1, 0, false);
    body_command(&b, ASSESS_START, exercise);
    run_script(&b, &script, 4, 0, false);
    assert_int_equal(b.now.outcome, ASSESS_FAILED);
    assert_string_equal(b.now.hint, hint);
    exercise_destroy(b.room);
}

static void test_failures(void **state)
{
    (void)state;
    const uint32_t c7 = SITE_BIT(SITE_C7), left = SITE_BIT(SITE_SHOULDER_LEFT);
    expect_failure(c7 | left, c7 | left, EXERCISE_THORACIC_ROTATION, "It needs a sensor at one of these: t12, sacrum.");
    expect_failure(left, left, EXERCISE_SCAPULAR_SQUEEZE, "It needs a sensor at each of these: c7, shoulder_right.");
    expect_failure(spine, c7, EXERCISE_THORACIC_ROTATION, "It needs sensors with a gyroscope.");
}

// A site that is lost while the turn is held: that repetition is not counted, nor what comes before a rest is known
// again; a hold is no rest.
static void test_lost_turning(void **state)
{
    (void)state;
    struct body b;
    struct script script;
    turns(&script, 4);
    script_wait(&script, 8);
    script_repetition(&script, 40, &calm);
    begin(&b, &script, spine, EXERCISE_THORACIC_ROTATION, false);
    run_script(&b, &script, 27.5, 0, false); // in the third's hold
    run_script(&b, &script, 28.5, SITE_BIT(SITE_C7), false);
    assert_string_equal(b.now.hint, "Does not deliver: c7.");
    assert_true(isnan(b.now.angle_deg));
    assert_int_equal(b.now.cue, CUE_BE_STILL);
    run_script(&b, &script, 44, 0, false);
    assert_int_equal(b.n_done, 2);
    run_script(&b, &script, script_end(&script) + 2, 0, false);
    assert_int_equal(b.n_done, 3);
    assert_near(b.done[2].range_deg, 40, 1);
    assert_int_equal(b.done[2].side, SIDE_LEFT);
    exercise_destroy(b.room);
}

// Where gravity tells the angle the rest is known all the time: only the repetition with the gap is lost.
static void test_lost_extending(void **state)
{
    (void)state;
    struct body b;
    struct script script = {0};
    const struct manner slow = {.move_s = 1.5, .back_s = 1.5, .hold_s = 2, .rest_s = 1.5};
    script_wait(&script, 5);
    for (int i = 0; i < 4; i++)
        script_repetition(&script, 15, &slow);
    begin(&b, &script, spine, EXERCISE_THORACIC_EXTENSION, true);
    run_script(&b, &script, 11.6, 0, true); // on the way out of the second
    run_script(&b, &script, 12, SITE_BIT(SITE_T12), true);
    run_script(&b, &script, script_end(&script) + 2, 0, true);
    assert_int_equal(b.n_done, 3);
    for (int i = 0; i < 3; i++)
        assert_near(b.done[i].range_deg, 15, 0.5);
    exercise_destroy(b.room);
}

// A tenth of a second without a site, a calibration, a jump of the grid.
static void test_gaps(void **state)
{
    (void)state;
    struct body b;
    struct script script;
    turns(&script, 3);
    begin(&b, &script, spine, EXERCISE_THORACIC_ROTATION, false);
    run_script(&b, &script, 5.7, 0, false);
    run_script(&b, &script, 5.8, SITE_BIT(SITE_C7), false); // on the way out
    run_script(&b, &script, 14, 0, false);
    assert_int_equal(b.n_done, 1);
    assert_near(b.done[0].range_deg, 40, 3);
    b.turn = true;
    run_script(&b, &script, 14.5, 0, false);
    assert_int_equal(b.now.cue, CUE_BE_STILL);
    b.restart = true;
    run_script(&b, &script, script_end(&script), 0, false);
    assert_int_equal(b.n_done, 1); // there was no rest long enough
    run_script(&b, &script, script_end(&script) + 8, 0, false);
    assert_int_equal(b.now.cue, CUE_MOVE);
    exercise_destroy(b.room);
}

// Getting up and sitting down again is no repetition, and a new rest is taken.
static void test_body_moves(void **state)
{
    (void)state;
    struct body b;
    struct script script = {0};
    script_wait(&script, 12);
    for (int i = 0; i < 2; i++)
        script_repetition(&script, i % 2 ? -40 : 40, &calm);
    begin(&b, &script, spine, EXERCISE_THORACIC_ROTATION, false);
    run_script(&b, &script, 5, 0, false);
    for (int k = 0; k < 300; k++) { // bows by 60°, looking to the left meanwhile
        struct pose pose = {0};
        double bow = 60 * 0.5 * (1 - cos(2 * PI * k / 300));
        pose.pitch[SITE_C7] = pose.pitch[SITE_T12] = pose.pitch[SITE_SACRUM] = bow;
        pose.yaw[SITE_C7] = 0.5 * bow;
        body_step(&b, &pose, 0);
    }
    run_script(&b, &script, script_end(&script) + 1, 0, false);
    assert_int_equal(b.n_done, 2);
    assert_near(b.done[0].range_deg, 40, 1);
    exercise_destroy(b.room);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_cues),           cmocka_unit_test(test_stop),     cmocka_unit_test(test_next),
    cmocka_unit_test(test_give_up),        cmocka_unit_test(test_failures), cmocka_unit_test(test_lost_turning),
    cmocka_unit_test(test_lost_extending), cmocka_unit_test(test_gaps),     cmocka_unit_test(test_body_moves),
};

int main(void)
{
    check_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
