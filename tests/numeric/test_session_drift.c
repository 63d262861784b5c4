// SPDX-License-Identifier: GPL-3.0-or-later
// Drift against minutes 3 to 8 of the same session: found before it is large, at another speed nothing is called one,
// and simulated half hours of a healthy runner stay quiet. The means wander as an AR(1).
#include "runner_maker.h"

#define FATIGUE_DEG_PER_MIN 0.25 // 5° in 20 min
#define FOUND_BEFORE_DEG    3.5
#define FATIGUE_RUNS        12
#define HEALTHY_RUNS        30
#define ONSET_TOLERANCE_S   240.0

static bool any_drift(const struct session_result *now)
{
    bool any = false;
    for (int q = 0; q < N_QUANTITIES; q++)
        any = any || now->drift[q].drifted;
    return any;
}

// Until something drifts, at most `seconds`; -1: nothing did.
static double run_until_drift(struct maker *m, double seconds)
{
    for (double t = 0; t < seconds; t += 10) {
        maker_run(m, 10);
        if (any_drift(session_now(m->session)))
            return t + 10;
    }
    return -1;
}

static void begin_running(struct maker *m, double rho)
{
    maker_begin(m, rho);
    session_set_speed(m->session, 3.0);
    maker_do(m, ACTIVITY_WALK, 120);
    m->activity = ACTIVITY_RUN;
}

static void test_a_thoracic_drift_is_found_early(void **state)
{
    (void)state;
    static const double rhos[] = {0.3, 0.5, 0.7};
    double worst = 0, sum = 0;
    for (int i = 0; i < FATIGUE_RUNS; i++) {
        struct maker m;
        begin_running(&m, rhos[i % 3]);
        maker_run(&m, 600);
        assert_int_equal(session_now(m.session)->phase, PHASE_STEADY);
        double onset_s = (double)m.index / 1000;
        m.per_minute[QUANTITY_THORACIC_FLEXION] = FATIGUE_DEG_PER_MIN;
        double found_s = run_until_drift(&m, 1200);
        assert_true(found_s > 0);
        const struct session_result *now = session_now(m.session);
        assert_true(now->drift[QUANTITY_THORACIC_FLEXION].drifted);
        assert_near((double)now->drift[QUANTITY_THORACIC_FLEXION].since_ns * 1e-9, onset_s + 120, ONSET_TOLERANCE_S);
        assert_near(now->drift[QUANTITY_THORACIC_FLEXION].value, m.mean[QUANTITY_THORACIC_FLEXION], 1.0);
        maker_run(&m, 1);
        assert_int_equal(session_now(m.session)->phase, PHASE_FATIGUED);
        double deg = found_s / 60 * FATIGUE_DEG_PER_MIN;
        worst = fmax(worst, deg);
        sum += deg;
        maker_end(&m);
    }
    printf("5 degrees in 20 min are found at %.2f (mean), %.2f (worst of %d)\n", sum / FATIGUE_RUNS, worst,
           FATIGUE_RUNS);
    assert_true(worst < FOUND_BEFORE_DEG);
}

static void test_other_quantities_drift(void **state)
{
    (void)state;
    static const struct {
        enum quantity quantity;
        float rise, too_little;
    } rises[] = {{QUANTITY_TRUNK_LEAN, 3.2F, 1.2F},
                 {QUANTITY_CONTACT, 20, 8},
                 {QUANTITY_STEP_CV, 0.9F, 0.3F},
                 {QUANTITY_BOUNCE, 8, 3}};
    for (size_t i = 0; i < sizeof rises / sizeof *rises; i++)
        for (int much = 0; much < 2; much++) {
            struct maker m;
            begin_running(&m, 0.3);
            maker_run(&m, 600);
            m.mean[rises[i].quantity] += much ? rises[i].rise : rises[i].too_little;
            double found_s = run_until_drift(&m, 600);
            assert_int_equal(found_s > 0, much);
            assert_int_equal(session_now(m.session)->drift[rises[i].quantity].drifted, much);
            maker_end(&m);
        }
}

static void test_a_recovery_ends_it(void **state)
{
    (void)state;
    struct maker m;
    begin_running(&m, 0.3);
    maker_run(&m, 600);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(run_until_drift(&m, 600) > 0);
    m.mean[QUANTITY_THORACIC_FLEXION] -= 4;
    maker_run(&m, 360);
    assert_false(any_drift(session_now(m.session)));
    assert_int_equal(session_now(m.session)->phase, PHASE_STEADY);
    maker_end(&m);
}

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
            assert_false(any_drift(session_now(m->session)));
        }
    }
}

static void test_a_change_of_speed_is_no_drift(void **state)
{
    (void)state;
    struct maker m;
    begin_running(&m, 0.5);
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

static void test_after_a_change_nothing_is_compared_for_a_minute(void **state)
{
    (void)state;
    struct maker m;
    begin_running(&m, 0.5);
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
    begin_running(&m, 0.5);
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
    begin_running(&m, 0.5);
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
    begin_running(&m, 0.3);
    struct output c = {.stream = STREAM_CALIBRATION};
    c.calibration.calibrated = true;
    c.calibration.now.sites = SITE_BIT(SITE_C7);
    c.calibration.now.site[SITE_C7].q_sensor_from_segment[0] = 1;
    session_take(m.session, &c);
    maker_run(&m, 600);
    m.slipped = SITE_BIT(SITE_C7);
    m.mean[QUANTITY_THORACIC_FLEXION] += 10;
    assert_true(run_until_drift(&m, 400) < 0);
    assert_true(isnan(session_now(m.session)->drift[QUANTITY_THORACIC_FLEXION].value));
    // Calibrated anew: the same posture reads otherwise, and is learned.
    m.slipped = 0;
    c.calibration.now.site[SITE_C7].q_sensor_from_segment[1] = 0.1;
    session_take(m.session, &c);
    assert_near(session_history(m.session, NULL)->now.cell[1][12][QUANTITY_THORACIC_FLEXION].minutes, 0, 0);
    assert_near(session_history(m.session, NULL)->now.cell[1][12][QUANTITY_CONTACT].minutes, 5, 0.01);
    assert_true(run_until_drift(&m, 400) < 0);
    assert_near(session_now(m.session)->baseline[QUANTITY_THORACIC_FLEXION].mean, 12, 1.0);
    maker_end(&m);
}

static void test_a_rest_begins_anew(void **state)
{
    (void)state;
    struct maker m;
    begin_running(&m, 0.3);
    maker_run(&m, 600);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(run_until_drift(&m, 600) > 0);
    maker_do(&m, ACTIVITY_WALK, 70);
    assert_true(any_drift(session_now(m.session)));
    maker_run(&m, 90);
    assert_false(any_drift(session_now(m.session)));
    m.activity = ACTIVITY_RUN; // it is still there
    double found_s = run_until_drift(&m, 600);
    assert_true(found_s > 120);
    maker_end(&m);
}

static void test_a_restart_in_fatigue_stays_fatigued(void **state)
{
    (void)state;
    static struct runner_history kept;
    struct maker m;
    begin_running(&m, 0.3);
    maker_command(&m, COMMAND_SESSION, 0, "one");
    maker_run(&m, 700);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(run_until_drift(&m, 600) > 0);
    maker_run(&m, 5);
    kept = *session_history(m.session, NULL);
    maker_end(&m);

    begin_running(&m, 0.3);
    session_set_history(m.session, &kept);
    maker_command(&m, COMMAND_SESSION, 0, "one");
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    for (int i = 0; i < 60; i++) {
        maker_run(&m, 10);
        assert_int_equal(session_now(m.session)->phase, PHASE_FATIGUED);
    }
    assert_true(any_drift(session_now(m.session)));
    maker_end(&m);
}

static void test_healthy_half_hours_stay_quiet(void **state)
{
    (void)state;
    int alarms = 0;
    for (int i = 0; i < HEALTHY_RUNS; i++) {
        struct maker m;
        begin_running(&m, 0.3 + 0.5 * i / (HEALTHY_RUNS - 1));
        alarms += run_until_drift(&m, 1800) > 0;
        maker_end(&m);
    }
    printf("%d of %d healthy half hours with a drift\n", alarms, HEALTHY_RUNS);
    assert_true(alarms <= HEALTHY_RUNS / 10);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thoracic_drift_is_found_early),
        cmocka_unit_test(test_other_quantities_drift),
        cmocka_unit_test(test_a_recovery_ends_it),
        cmocka_unit_test(test_a_change_of_speed_is_no_drift),
        cmocka_unit_test(test_a_speed_not_told_is_no_drift),
        cmocka_unit_test(test_after_a_change_nothing_is_compared_for_a_minute),
        cmocka_unit_test(test_the_baseline_is_minutes_three_to_eight),
        cmocka_unit_test(test_stumbles_and_gaps_are_left_out),
        cmocka_unit_test(test_a_slip_or_another_stand_is_no_drift),
        cmocka_unit_test(test_a_rest_begins_anew),
        cmocka_unit_test(test_a_restart_in_fatigue_stays_fatigued),
        cmocka_unit_test(test_healthy_half_hours_stay_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
