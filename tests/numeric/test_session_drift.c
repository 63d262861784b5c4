// SPDX-License-Identifier: GPL-3.0-or-later
// Drift against minutes 3 to 8 of the same session: found before it is large, over when the runner recovers, and
// simulated half hours of a healthy runner stay quiet. The means wander as an AR(1).
#include "runner_maker.h"

#define FATIGUE_DEG_PER_MIN 0.25 // 5° in 20 min
#define FOUND_BEFORE_DEG    3.5
#define FATIGUE_RUNS        12
#define HEALTHY_RUNS        30
#define ONSET_TOLERANCE_S   240.0

static void test_a_thoracic_drift_is_found_early(void **state)
{
    (void)state;
    static const double rhos[] = {0.3, 0.5, 0.7};
    double worst = 0, sum = 0;
    int late = 0;
    for (int i = 0; i < FATIGUE_RUNS; i++) {
        struct maker m;
        maker_begin_running(&m, rhos[i % 3]);
        maker_run(&m, 900);
        assert_int_equal(session_now(m.session)->phase, PHASE_STEADY);
        double onset_s = (double)m.index / 1000;
        m.per_minute[QUANTITY_THORACIC_FLEXION] = FATIGUE_DEG_PER_MIN;
        double found_s = maker_run_until_drift(&m, 1200);
        assert_true(found_s > 0);
        const struct session_result *now = session_now(m.session);
        assert_true(now->drift[QUANTITY_THORACIC_FLEXION].drifted);
        assert_near((double)now->drift[QUANTITY_THORACIC_FLEXION].since_ns * 1e-9, onset_s + 120, ONSET_TOLERANCE_S);
        assert_near(now->drift[QUANTITY_THORACIC_FLEXION].value, m.mean[QUANTITY_THORACIC_FLEXION], 1.0);
        maker_run(&m, 1);
        assert_int_equal(session_now(m.session)->phase, PHASE_FATIGUED);
        double deg = found_s / 60 * FATIGUE_DEG_PER_MIN;
        worst = fmax(worst, deg);
        late += deg >= FOUND_BEFORE_DEG;
        sum += deg;
        maker_end(&m);
    }
    printf("5 degrees in 20 min are found at %.2f (mean), %.2f (worst of %d)\n", sum / FATIGUE_RUNS, worst,
           FATIGUE_RUNS);
    assert_true(late <= 1); // one in twenty may be, at rho 0.7
    assert_true(sum / FATIGUE_RUNS < 3.0);
}

static void test_other_quantities_drift(void **state)
{
    (void)state;
    static const struct {
        enum quantity quantity;
        float rise, too_little;
    } rises[] = {{QUANTITY_TRUNK_LEAN, 3.2F, 1.2F},
                 {QUANTITY_CONTACT, 20, 8},
                 {QUANTITY_STEP_CV, 1.3F, 0.4F},
                 {QUANTITY_BOUNCE, 8, 3}};
    for (size_t i = 0; i < sizeof rises / sizeof *rises; i++)
        for (int much = 0; much < 2; much++) {
            struct maker m;
            maker_begin_running(&m, 0.3);
            maker_run(&m, 600);
            m.mean[rises[i].quantity] += much ? rises[i].rise : rises[i].too_little;
            double found_s = maker_run_until_drift(&m, 600);
            assert_int_equal(found_s > 0, much);
            assert_int_equal(session_now(m.session)->drift[rises[i].quantity].drifted, much);
            maker_end(&m);
        }
}

static void test_a_recovery_ends_it(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.3);
    maker_run(&m, 600);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(maker_run_until_drift(&m, 600) > 0);
    m.mean[QUANTITY_THORACIC_FLEXION] -= 4;
    maker_run(&m, 360);
    assert_false(maker_drifts(session_now(m.session)));
    assert_int_equal(session_now(m.session)->phase, PHASE_STEADY);
    maker_end(&m);
}

static void test_a_rest_begins_anew(void **state)
{
    (void)state;
    struct maker m;
    maker_begin_running(&m, 0.3);
    maker_run(&m, 600);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(maker_run_until_drift(&m, 600) > 0);
    maker_do(&m, ACTIVITY_WALK, 70);
    assert_true(maker_drifts(session_now(m.session)));
    maker_run(&m, 90);
    assert_false(maker_drifts(session_now(m.session)));
    m.activity = ACTIVITY_RUN; // it is still there
    double found_s = maker_run_until_drift(&m, 600);
    assert_true(found_s > 120);
    maker_end(&m);
}

static void test_a_restart_in_fatigue_stays_fatigued(void **state)
{
    (void)state;
    static struct runner_history kept;
    struct maker m;
    maker_begin_running(&m, 0.3);
    maker_command(&m, COMMAND_SESSION, 0, "one");
    maker_run(&m, 700);
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    assert_true(maker_run_until_drift(&m, 600) > 0);
    maker_run(&m, 5);
    kept = *session_history(m.session, NULL);
    maker_end(&m);

    maker_begin_running(&m, 0.3);
    session_set_history(m.session, &kept);
    maker_command(&m, COMMAND_SESSION, 0, "one");
    m.mean[QUANTITY_THORACIC_FLEXION] += 4;
    for (int i = 0; i < 60; i++) {
        maker_run(&m, 10);
        assert_int_equal(session_now(m.session)->phase, PHASE_FATIGUED);
    }
    assert_true(maker_drifts(session_now(m.session)));
    maker_end(&m);
}

static void test_healthy_half_hours_stay_quiet(void **state)
{
    (void)state;
    int alarms = 0;
    for (int i = 0; i < HEALTHY_RUNS; i++) {
        struct maker m;
        maker_begin_running(&m, 0.3 + 0.5 * i / (HEALTHY_RUNS - 1));
        alarms += maker_run_until_drift(&m, 1800) > 0;
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
        cmocka_unit_test(test_a_rest_begins_anew),
        cmocka_unit_test(test_a_restart_in_fatigue_stays_fatigued),
        cmocka_unit_test(test_healthy_half_hours_stay_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
