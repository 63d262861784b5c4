// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes the baseline and what is held against it: minutes 3 to 8, each speed by itself, earlier sessions; not
// stumbles, other stands, slipped sensors or fatigue.
#include "runner_maker.h"

// Half an hour at 3.0, 3.5 and 2.5 m/s in turn; everything follows the speed as in a healthy runner.
static void set_pace(struct maker *m, double speed_m_s, bool told)
{
    double faster = speed_m_s - 3.0;
    if (told)
        session_set_speed(m->session, speed_m_s);
    m->cadence_spm = (float)(165 + 8 * faster);
    m->mean[QUANTITY_TRUNK_LEAN] = (float)(6 + 5 * faster);
    m->mean[QUANTITY_THORACIC_FLEXION] = (float)(2 + 4 * faster);
    m->mean[QUANTITY_CONTACT] = (float)(250 - 50 * faster);
    m->mean[QUANTITY_BOUNCE] = (float)(85 - 14 * faster);
}

static void run_three_speeds(struct maker *m, bool told)
{
    static const double speeds[] = {3.0, 3.5, 2.5, 3.0, 2.5, 3.5};
    maker_run(m, 500);
    for (int i = 0; i < 6; i++) {
        set_pace(m, speeds[i], told);
        for (int k = 0; k < 45; k++) {
            maker_run(m, 10);
            assert_false(maker_drifts(session_now(m->session)));
        }
    }
}

static void test_a_change_of_speed_is_no_drift(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.5);
    run_three_speeds(&m, true);
    const struct session_result *now = session_now(m.session);
    assert_near(now->baseline[QUANTITY_CONTACT].mean, 225, 3.0); // of the last speed
    assert_near(now->speed_m_s, 3.5, 0);
    maker_end(&m);
}

static void test_a_speed_not_told_is_no_drift(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    m.activity = ACTIVITY_RUN;
    run_three_speeds(&m, false);
    maker_end(&m);
}

static void test_without_a_speed_contact_tells_nothing(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.3);
    m.activity = ACTIVITY_RUN;
    maker_run(&m, 600);
    m.mean[QUANTITY_CONTACT] += 30; // slower, perhaps
    m.mean[QUANTITY_BOUNCE] += 10;
    assert_true(maker_run_until_drift(&m, 500) < 0);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(maker_run_until_drift(&m, 500) > 0);
    assert_true(session_now(m.session)->drift[QUANTITY_THORACIC_FLEXION].drifted);
    assert_true(isnan(session_now(m.session)->drift[QUANTITY_CONTACT].value));
    maker_end(&m);
}

static void test_fatigue_is_not_learned_as_usual(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.3);
    maker_run(&m, 600);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(maker_run_until_drift(&m, 600) > 0);
    session_set_speed(m.session, 3.5);
    maker_run(&m, 300);
    assert_near(session_history(m.session, NULL)->now.cell[1][14][QUANTITY_THORACIC_FLEXION].minutes, 0, 0);
    maker_end(&m);
}

// Seven windows after the one in which the speed changed.
static void test_the_window_of_a_change_does_not_count(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.5);
    maker_run(&m, 500);
    while (m.index / STEP_FRAMES % 50 != 25)
        maker_step(&m);
    session_set_speed(m.session, 3.5);
    const struct usual_cell *cell = &session_history(m.session, NULL)->now.cell[1][14][QUANTITY_CONTACT];
    maker_run(&m, 66);
    assert_near(cell->minutes, 0, 0);
    maker_run(&m, 10);
    assert_near(cell->minutes, 1 / 6.0, 1e-3);
    maker_end(&m);
}

static void test_earlier_sessions_outrank_this_one(void **state)
{
    (void)state;
    static struct runner_history history;
    struct usual_cell *contact = &history.before.cell[1][12][QUANTITY_CONTACT];
    for (int mature = 0; mature < 2; mature++) {
        struct maker m;
        *contact = (struct usual_cell){230, 3, 0.4F, mature ? 6 : 3};
        maker_begin(&m, 0.5);
        session_set_history(m.session, &history);
        session_set_speed(m.session, 3.0);
        maker_do(&m, ACTIVITY_STILL, 30);
        maker_do(&m, ACTIVITY_RUN, 10);
        assert_null(session_usual(m.session, QUANTITY_CONTACT)); // the gait is too new
        maker_run(&m, 30);
        assert_near(session_usual(m.session, QUANTITY_CONTACT)->mean, 230, 1e-3);
        assert_near(session_now(m.session)->baseline[QUANTITY_CONTACT].mean, 230, 1e-3);
        assert_false(session_now(m.session)->has_baseline);
        assert_true(isnan(session_now(m.session)->drift[QUANTITY_CONTACT].value)); // another day's
        maker_run(&m, 500);
        assert_true(session_now(m.session)->has_baseline);
        assert_near(session_now(m.session)->baseline[QUANTITY_CONTACT].mean, 250, 5.0);
        assert_near(session_usual(m.session, QUANTITY_CONTACT)->mean, mature ? 230 : 250, 5.0);
        maker_do(&m, ACTIVITY_WALK, 10);
        assert_null(session_usual(m.session, QUANTITY_CONTACT));
        maker_end(&m);
    }
}

static void test_after_a_change_nothing_is_compared_for_a_minute(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.5);
    maker_run(&m, 700);
    assert_true(isfinite(session_now(m.session)->drift[QUANTITY_CONTACT].change));
    struct usual_cell before = session_history(m.session, NULL)->now.cell[1][14][QUANTITY_CONTACT];
    assert_near(before.minutes, 0, 0);
    session_set_speed(m.session, 3.5);
    assert_null(session_usual(m.session, QUANTITY_CONTACT));
    maker_run(&m, 60);
    assert_near(session_history(m.session, NULL)->now.cell[1][14][QUANTITY_CONTACT].minutes, 0, 0);
    maker_run(&m, 150);
    assert_near(session_history(m.session, NULL)->now.cell[1][14][QUANTITY_CONTACT].minutes, 2.2, 0.3);
    assert_true(isnan(session_now(m.session)->drift[QUANTITY_CONTACT].change)); // too long ago
    maker_end(&m);
}

static void test_the_baseline_is_minutes_three_to_eight(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.5);
    m.sd[QUANTITY_CONTACT] = m.wander[QUANTITY_CONTACT] = 0;
    m.mean[QUANTITY_CONTACT] = 300;
    maker_run(&m, 180);
    m.mean[QUANTITY_CONTACT] = 250;
    maker_run(&m, 320);
    m.mean[QUANTITY_CONTACT] = 200;
    maker_run(&m, 200);
    struct usual_cell cell = session_history(m.session, NULL)->now.cell[1][12][QUANTITY_CONTACT];
    assert_near(cell.minutes, 5, 0.01);
    assert_near(cell.mean, 250, 2.5); // the windows begin when the grid's do
    maker_end(&m);
}

static void test_stumbles_and_gaps_are_left_out(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.5);
    maker_run(&m, 300);
    float minutes = session_history(m.session, NULL)->now.cell[1][12][QUANTITY_CONTACT].minutes;
    for (int i = 0; i < 6; i++) {
        m.odd_steps = 3;
        m.mean[QUANTITY_CONTACT] = 500; // what such a window holds is not the runner's usual
        maker_run(&m, 10);
    }
    m.mean[QUANTITY_CONTACT] = 250;
    struct usual_cell cell = session_history(m.session, NULL)->now.cell[1][12][QUANTITY_CONTACT];
    assert_true(cell.minutes - minutes < 0.4F);
    assert_near(cell.mean, 250, 50.0);
    maker_end(&m);
}

static void test_a_slip_or_another_stand_is_no_drift(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.3);
    struct output c = {.stream = STREAM_CALIBRATION};
    c.calibration.calibrated = true;
    c.calibration.now.sites = SITE_BIT(SITE_C7);
    c.calibration.now.site[SITE_C7].q_sensor_from_segment[0] = 1;
    session_take(m.session, &c);
    maker_run(&m, 600);
    m.slipped = SITE_BIT(SITE_C7);
    m.mean[QUANTITY_THORACIC_FLEXION] += 10;
    assert_true(maker_run_until_drift(&m, 400) < 0);
    assert_true(isnan(session_now(m.session)->drift[QUANTITY_THORACIC_FLEXION].value));
    // Calibrated anew: the same posture reads otherwise, and is learned.
    m.slipped = 0;
    c.calibration.now.site[SITE_C7].q_sensor_from_segment[1] = 0.1;
    session_take(m.session, &c);
    assert_near(session_history(m.session, NULL)->now.cell[1][12][QUANTITY_THORACIC_FLEXION].minutes, 0, 0);
    assert_near(session_history(m.session, NULL)->now.cell[1][12][QUANTITY_CONTACT].minutes, 5, 0.01);
    assert_true(maker_run_until_drift(&m, 400) < 0);
    assert_near(session_now(m.session)->baseline[QUANTITY_THORACIC_FLEXION].mean, 12, 1.0);
    maker_end(&m);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_change_of_speed_is_no_drift),
        cmocka_unit_test(test_a_speed_not_told_is_no_drift),
        cmocka_unit_test(test_without_a_speed_contact_tells_nothing),
        cmocka_unit_test(test_fatigue_is_not_learned_as_usual),
        cmocka_unit_test(test_the_window_of_a_change_does_not_count),
        cmocka_unit_test(test_earlier_sessions_outrank_this_one),
        cmocka_unit_test(test_after_a_change_nothing_is_compared_for_a_minute),
        cmocka_unit_test(test_the_baseline_is_minutes_three_to_eight),
        cmocka_unit_test(test_stumbles_and_gaps_are_left_out),
        cmocka_unit_test(test_a_slip_or_another_stand_is_no_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
