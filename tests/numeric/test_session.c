// SPDX-License-Identifier: GPL-3.0-or-later
// Phases and clocks of a session as the activity tells them; marks; sessions that begin, end and go on after a restart.
#include "runner_maker.h"

#define CLOCK_TOLERANCE_S 2.0
#define UTC_MINUS_MONO_NS INT64_C(1790000000000000000)

static int phase(const struct maker *m)
{
    return session_now(m->session)->phase;
}

static void test_a_run_from_stand_to_stand(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_STILL, 120);
    assert_int_equal(phase(&m), PHASE_IDLE);
    maker_do(&m, ACTIVITY_WALK, 300);
    assert_int_equal(phase(&m), PHASE_WARM_UP);
    m.cadence_spm = 165;
    maker_do(&m, ACTIVITY_RUN, 90);
    assert_int_equal(phase(&m), PHASE_WARM_UP);
    maker_run(&m, 60);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_run(&m, 450);
    maker_do(&m, ACTIVITY_WALK, 50);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_run(&m, 20);
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_run(&m, 230);
    maker_do(&m, ACTIVITY_STILL, 50);
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_run(&m, 20);
    assert_int_equal(phase(&m), PHASE_IDLE);
    assert_int_equal(m.phase_changes, 4);

    const struct session_result *now = session_now(m.session);
    assert_near(now->elapsed_s, 120 + 300 + 600 + 300 + 70, CLOCK_TOLERANCE_S);
    assert_near(now->ran_s, 600, CLOCK_TOLERANCE_S);
    assert_near(session_history(m.session, NULL)->moved_s, 1200, CLOCK_TOLERANCE_S);
    assert_near(now->steady_s, 600, 30.0); // whole windows only
    assert_near(now->still_s, 70, CLOCK_TOLERANCE_S);
    maker_end(&m);
}

static void test_short_interruptions_change_nothing(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_WALK, 60);
    maker_do(&m, ACTIVITY_RUN, 400);
    const int changes = m.phase_changes;
    for (int i = 0; i < 5; i++) {
        maker_do(&m, ACTIVITY_STILL, 40); // a traffic light
        maker_do(&m, ACTIVITY_RUN, 60);
        maker_do(&m, ACTIVITY_WALK, 40);
        maker_do(&m, ACTIVITY_RUN, 60);
        maker_do(&m, ACTIVITY_UNKNOWN, 30);
        maker_do(&m, ACTIVITY_RUN, 60);
    }
    assert_int_equal(m.phase_changes, changes);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_end(&m);
}

static void test_a_second_of_doubt_takes_back_three(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_RUN, 500);
    for (int i = 0; i < 10; i++) {
        maker_do(&m, ACTIVITY_WALK, 15);
        maker_do(&m, ACTIVITY_RUN, 1);
    }
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_end(&m);
}

static void test_walks_between_short_runs_are_warm_up(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    for (int i = 0; i < 3; i++) {
        maker_do(&m, ACTIVITY_RUN, 80);
        maker_do(&m, ACTIVITY_WALK, 80);
        assert_int_equal(phase(&m), PHASE_WARM_UP);
    }
    maker_end(&m);
}

static void test_running_again_is_steady_again(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_RUN, 600);
    maker_do(&m, ACTIVITY_WALK, 120);
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_do(&m, ACTIVITY_RUN, 20);
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_run(&m, 15);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_do(&m, ACTIVITY_STILL, 300);
    maker_do(&m, ACTIVITY_RUN, 10);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_do(&m, ACTIVITY_STILL, 1000); // cold again
    maker_do(&m, ACTIVITY_RUN, 60);
    assert_int_equal(phase(&m), PHASE_WARM_UP);
    maker_end(&m);
}

static void test_easy_running_cools_down(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    session_set_speed(m.session, 3.2);
    maker_do(&m, ACTIVITY_RUN, 600);
    session_set_speed(m.session, 2.0);
    m.cadence_spm = 155;
    maker_run(&m, 100);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_run(&m, 40);
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_run(&m, 1200); // a long one is still easy
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    session_set_speed(m.session, 3.2);
    maker_run(&m, 60);
    assert_int_equal(phase(&m), PHASE_STEADY);
    maker_end(&m);
}

static void test_still_ends_with_a_real_walk(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_STILL, 600);
    maker_do(&m, ACTIVITY_WALK, 6); // got up for a moment
    maker_do(&m, ACTIVITY_STILL, 60);
    assert_near(session_now(m.session)->still_s, 666, CLOCK_TOLERANCE_S);
    maker_do(&m, ACTIVITY_UNKNOWN, 60); // not known is not still, beyond ten seconds
    assert_near(session_now(m.session)->still_s, 676, CLOCK_TOLERANCE_S);
    maker_do(&m, ACTIVITY_WALK, 15);
    assert_near(session_now(m.session)->still_s, 0, 0.0);
    maker_end(&m);
}

static void test_sites_that_go_stop_the_clocks(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_RUN, 100);
    m.silent = true;
    maker_run(&m, 300);
    assert_near(session_now(m.session)->ran_s, 113, CLOCK_TOLERANCE_S);
    assert_near(session_now(m.session)->elapsed_s, 400, CLOCK_TOLERANCE_S);
    m.silent = false;
    m.index += 60000; // the grid jumps over a minute
    maker_run(&m, 10);
    assert_near(session_now(m.session)->ran_s, 123, CLOCK_TOLERANCE_S);
    assert_near(session_now(m.session)->elapsed_s, 470, CLOCK_TOLERANCE_S);
    m.index += 60000; // and once more, in the middle of a run
    maker_run(&m, 10);
    assert_near(session_now(m.session)->ran_s, 133, CLOCK_TOLERANCE_S);
    assert_near(session_now(m.session)->elapsed_s, 540, CLOCK_TOLERANCE_S);
    maker_end(&m);
}

static void test_marks(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_do(&m, ACTIVITY_RUN, 100);
    maker_command(&m, COMMAND_MARK, 0, "drink");
    int64_t at = m.index;
    maker_command(&m, COMMAND_MARK, 0, "vest on");
    assert_true(session_history(m.session, NULL)->vest);
    maker_run(&m, 50);
    assert_near(session_history(m.session, NULL)->since_drink_s, 50, CLOCK_TOLERANCE_S);
    assert_int_equal(m.last.n_marks, 2);
    assert_string_equal(m.last.mark[0], "drink");
    assert_int_equal(m.last.mark_ns[0], at * FRAME_PERIOD_NS);
    for (int i = 0; i < 8; i++)
        maker_command(&m, COMMAND_MARK, 0, "vest off");
    assert_false(session_history(m.session, NULL)->vest);
    maker_step(&m);
    assert_int_equal(m.last.n_marks, 10);
    for (int i = 0; i < 8; i++)
        assert_string_equal(m.last.mark[i], "vest off");
    maker_end(&m);
}

static float minutes_of(const struct usual *u, int gait, int bin, enum quantity q)
{
    return u->cell[gait][bin][q].minutes;
}

static void test_a_session_begins_and_folds_the_one_before(void **state)
{
    (void)state;
    struct maker m;
    uint32_t before, after;
    maker_begin(&m, 0.5);
    maker_command(&m, COMMAND_SESSION, 0, "one");
    session_set_speed(m.session, 3.0);
    maker_do(&m, ACTIVITY_RUN, 600);
    const struct runner_history *h = session_history(m.session, &before);
    assert_near(minutes_of(&h->now, 1, 12, QUANTITY_CONTACT), 5, 0.01);
    assert_int_equal(h->sessions, 0);
    maker_command(&m, COMMAND_MARK, 0, "vest on");
    maker_command(&m, COMMAND_SESSION, 0, "two");
    assert_false(session_history(m.session, NULL)->vest); // nobody has said so in this one
    h = session_history(m.session, &after);
    assert_true(after > before);
    assert_int_equal(h->sessions, 1);
    assert_string_equal(h->session, "two");
    assert_near(minutes_of(&h->before, 1, 12, QUANTITY_CONTACT), 5, 0.01);
    assert_near(h->before.cell[1][12][QUANTITY_CONTACT].mean, 250, 3.0);
    assert_near(minutes_of(&h->now, 1, 12, QUANTITY_CONTACT), 0, 0.0);
    maker_step(&m);
    assert_near(m.last.elapsed_s, 0.2, 0.01);
    assert_near(m.last.ran_s, 0.2, 0.01);
    maker_end(&m);
}

// The daemon of before has kept *history; this one opens with it and the session that runs.
static void start_again(struct maker *m, const struct runner_history *history, const char *id, double gap_s)
{
    maker_begin(m, 0.5);
    m->activity = ACTIVITY_RUN;
    session_set_history(m->session, history);
    if (id[0] != '\0')
        maker_command(m, COMMAND_SESSION, 3, id);
    int64_t utc_ns = history->updated_utc_ns + (int64_t)(gap_s * 1e9);
    session_set_utc(m->session, utc_ns - m->index * FRAME_PERIOD_NS);
    maker_step(m);
}

static void test_a_restart_goes_on(void **state)
{
    (void)state;
    static struct runner_history kept;
    struct maker m;
    maker_begin(&m, 0.5);
    session_set_utc(m.session, UTC_MINUS_MONO_NS);
    maker_command(&m, COMMAND_SESSION, 0, "one");
    maker_do(&m, ACTIVITY_RUN, 600);
    kept = *session_history(m.session, NULL);
    assert_int_equal(kept.updated_utc_ns, m.index * FRAME_PERIOD_NS + UTC_MINUS_MONO_NS);
    maker_end(&m);

    start_again(&m, &kept, "one", 100);
    assert_int_equal(phase(&m), PHASE_STEADY);
    assert_near(session_now(m.session)->elapsed_s, 700, CLOCK_TOLERANCE_S);
    assert_near(session_now(m.session)->ran_s, 600, CLOCK_TOLERANCE_S);
    assert_int_equal(session_now(m.session)->n_marks, 0); // their instants were of another boot
    assert_memory_equal(&session_history(m.session, NULL)->now, &kept.now, sizeof kept.now);
    maker_do(&m, ACTIVITY_WALK, 90); // what was run before counts
    assert_int_equal(phase(&m), PHASE_COOL_DOWN);
    maker_end(&m);

    start_again(&m, &kept, "two", 100);
    assert_int_equal(session_history(m.session, NULL)->sessions, 1);
    maker_end(&m);

    start_again(&m, &kept, "", 100); // it ended meanwhile
    assert_int_equal(session_history(m.session, NULL)->sessions, 1);
    assert_int_equal(phase(&m), PHASE_IDLE);
    maker_end(&m);
}

static void test_without_a_session_only_a_short_gap_goes_on(void **state)
{
    (void)state;
    static struct runner_history kept;
    struct maker m;
    maker_begin(&m, 0.5);
    session_set_utc(m.session, UTC_MINUS_MONO_NS);
    maker_do(&m, ACTIVITY_RUN, 600);
    kept = *session_history(m.session, NULL);
    maker_end(&m);

    start_again(&m, &kept, "", 60);
    assert_near(session_now(m.session)->ran_s, 600, CLOCK_TOLERANCE_S);
    maker_end(&m);
    start_again(&m, &kept, "", 3600);
    assert_near(session_now(m.session)->ran_s, 0, 0.5);
    assert_int_equal(session_history(m.session, NULL)->sessions, 1);
    maker_end(&m);
}

static void test_changes_come_at_most_once_a_minute(void **state)
{
    (void)state;
    struct maker m;
    uint32_t before, after;
    maker_begin(&m, 0.5);
    maker_step(&m);
    (void)session_history(m.session, &before);
    assert_int_equal(before, 0);
    maker_do(&m, ACTIVITY_RUN, 601);
    (void)session_history(m.session, &after);
    assert_int_equal(after - before, 10);
    maker_do(&m, ACTIVITY_STILL, 120);
    (void)session_history(m.session, &before);
    maker_run(&m, 1801);
    (void)session_history(m.session, &after);
    assert_int_equal(after - before, 3);
    maker_end(&m);
}

static void test_it_tells_every_five_seconds(void **state)
{
    (void)state;
    struct maker m;
    maker_begin(&m, 0.5);
    maker_run(&m, 100);
    assert_in_range(m.pulled, 19, 21);
    maker_end(&m);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_from_stand_to_stand),
        cmocka_unit_test(test_short_interruptions_change_nothing),
        cmocka_unit_test(test_a_second_of_doubt_takes_back_three),
        cmocka_unit_test(test_walks_between_short_runs_are_warm_up),
        cmocka_unit_test(test_running_again_is_steady_again),
        cmocka_unit_test(test_easy_running_cools_down),
        cmocka_unit_test(test_still_ends_with_a_real_walk),
        cmocka_unit_test(test_sites_that_go_stop_the_clocks),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_a_session_begins_and_folds_the_one_before),
        cmocka_unit_test(test_a_restart_goes_on),
        cmocka_unit_test(test_without_a_session_only_a_short_gap_goes_on),
        cmocka_unit_test(test_changes_come_at_most_once_a_minute),
        cmocka_unit_test(test_it_tells_every_five_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
