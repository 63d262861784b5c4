// SPDX-License-Identifier: GPL-3.0-or-later
// Repetitions with known beginning, hold and range: counted one by one, well done and badly.
#include "exercise_scene.h"

static double between(double low, double high)
{
    return low + (high - low) * check_uniform();
}

static struct manner any_manner(double hold_s)
{
    return (struct manner){.move_s = between(0.8, 3),
                           .back_s = between(0.8, 3),
                           .hold_s = hold_s * between(0.8, 1.3),
                           .rest_s = between(1, 3),
                           .sag = check_uniform() < 0.5 ? 0 : between(0, 0.15),
                           .hesitate_s = check_uniform() < 0.7 ? 0 : between(0.3, 1.0)};
}

static void random_rotations(int exercise, struct errors *worst)
{
    struct script script = {0};
    struct body body;
    struct scene scene = {.exercise = exercise,
                          .sites = spine,
                          .tremor_deg = between(0, 1.5),
                          .tremor_hz = between(5, 10),
                          .hips_share = between(0, 0.3),
                          .sway_deg = between(0, 0.3)};
    double range[2] = {between(20, 70), between(20, 70)};
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++) {
        struct manner how = any_manner(5);
        double jitter = between(0.85, 1.15);
        script_repetition(&script, i % 2 ? -range[1] * jitter : range[0] * jitter, &how);
    }
    assess(&body, &scene, &script);
    check_done(&body, &script, worst);
}

static void test_rotation(void **state)
{
    (void)state;
    struct errors worst = {0};
    for (int i = 0; i < 12; i++)
        random_rotations(EXERCISE_THORACIC_ROTATION, &worst);
    tell("rotation", &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.hold_s < HOLD_S && worst.begin_s < BEGIN_S);
}

static void script_of(struct script *script, int n, double range, double hold_s)
{
    *script = (struct script){0};
    script_wait(script, 5);
    for (int i = 0; i < n; i++) {
        struct manner how = any_manner(hold_s);
        script_repetition(script, range * between(0.85, 1.15), &how);
    }
}

// Lying on the right side; gravity sees the turn, so a bias that orient did not find does not matter.
static void test_lying(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script;
    struct body body;
    struct scene scene = {.exercise = EXERCISE_LYING_ROTATION, .sites = spine, .bias_deg_s = 1.5, .hips_share = 0.2};
    script_of(&script, 5, 40, 20);
    assess(&body, &scene, &script);
    compare(&body, &script, &worst);
    assert_int_equal(body.now.part, 2); // waits for the other side
    assert_string_equal(body.now.hint, "Lie on the left side.");
    assert_int_equal(body_row(&body, 1, SIDE_LEFT)->count, 5);
    tell("lying", &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.hold_s < HOLD_S);
    exercise_destroy(body.room);
}

static void one_way(int exercise, uint32_t sites, int n, double range, double hold_s, const char *name)
{
    struct errors worst = {0};
    struct script script;
    struct body body;
    for (int i = 0; i < 4; i++) {
        struct scene scene = {.exercise = exercise,
                              .sites = sites,
                              .tremor_deg = between(0, 0.08) * range,
                              .tremor_hz = between(5, 10),
                              .sway_deg = between(0, 0.3)};
        script_of(&script, n, range * between(0.7, 1.5), hold_s);
        assess(&body, &scene, &script);
        check_done(&body, &script, &worst);
    }
    tell(name, &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.hold_s < HOLD_S && worst.begin_s < BEGIN_S);
}

static void test_one_way(void **state)
{
    (void)state;
    const uint32_t shoulders = SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT);
    one_way(EXERCISE_THORACIC_EXTENSION, spine, 10, 18, 0, "extension");
    one_way(EXERCISE_SCAPULAR_SQUEEZE, spine | shoulders, 3, 12, 20, "squeeze");
}

static const struct manner calm = {.move_s = 1.5, .back_s = 1.5, .hold_s = 5, .rest_s = 2};
static const struct scene seated = {.exercise = EXERCISE_THORACIC_ROTATION, .sites = spine};

// From the left to the right and back again, never resting in the middle.
static void test_without_rest(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++) {
        int side = i % 2 ? -1 : 1;
        double half_s = i > 0 ? 1.25 : 0; // the first half of the way is the way back of the one before
        script.truth[script.n_truth++] = (struct truth){script_end(&script) + half_s, 40, 4, side};
        script_go(&script, 40 * side, i > 0 ? 2.5 : 1.5);
        script_wait(&script, 4);
    }
    script_go(&script, 0, 1.5);
    body_begin(&body, seated.sites);
    perform(&body, &seated, &script, 1);
    body_command(&body, ASSESS_START, seated.exercise);
    perform(&body, &seated, &script, 14);
    assert_int_equal(body.n_done, 1); // known as soon as the middle is passed
    perform(&body, &seated, &script, script_end(&script) + 2);
    check_done(&body, &script, &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.hold_s < HOLD_S && worst.begin_s < BEGIN_S);
}

// Out, half back, out again: one. A little turn to look at something: none. A slow slump of the rest: no matter.
static void test_badly_done(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = seated;
    scene.slump_deg_s = 0.1;
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++) {
        int side = i < 5 ? 1 : -1;
        script.truth[script.n_truth++] = (struct truth){script_end(&script), 45, 7, side};
        script_go(&script, 45 * side, 1.5);
        script_wait(&script, 2);
        script_go(&script, 27 * side, 1);
        script_go(&script, 45 * side, 1);
        script_wait(&script, 3);
        script_go(&script, 0, 1.5);
        script_wait(&script, 1.5);
        script_go(&script, -5 * side, 0.4); // a fidget …
        script_go(&script, 0, 0.4);
        script_wait(&script, 1);
        script_go(&script, 8 * side, 0.6); // … and a larger one, small against the repetitions
        script_go(&script, 0, 0.6);
        script_wait(&script, 1);
    }
    assess(&body, &scene, &script);
    check_done(&body, &script, &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.hold_s < HOLD_S);
}

// The hips turn along: only what the thorax turns against them counts, and the person is told.
static void test_hips(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = seated;
    scene.hips_share = 0.6;
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++)
        script_repetition(&script, i % 2 ? -30 : 30, &calm);
    body_begin(&body, scene.sites);
    perform(&body, &scene, &script, 1);
    body_command(&body, ASSESS_START, scene.exercise);
    perform(&body, &scene, &script, 9);
    assert_non_null(strstr(body.now.hint, "hips"));
    perform(&body, &scene, &script, script_end(&script) + 2);
    assert_near(body_value(body_row(&body, 1, SIDE_LEFT), "hips_deg"), 18, 1);
    assert_near(body_value(body_row(&body, 1, SIDE_RIGHT), "hips_deg"), 18, 1);
    check_done(&body, &script, &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.hold_s < HOLD_S);
}

// Against t12, which turns by half: said in the row.
static void test_without_sacrum(void **state)
{
    (void)state;
    struct script script = {0};
    struct body body;
    struct scene scene = seated;
    scene.sites = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12);
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++)
        script_repetition(&script, i % 2 ? -40 : 40, &calm);
    assess(&body, &scene, &script);
    assert_int_equal(body.now.outcome, ASSESS_DONE);
    const struct exercise_row *left = body_row(&body, 1, SIDE_LEFT);
    assert_near(left->range_deg, 20, 1);
    assert_near(body_value(left, "against_t12"), 1, 0);
    assert_true(isnan(body_value(left, "hips_deg")));
    assert_int_equal(left->held, 5);
    exercise_destroy(body.room);
}

// The head from side to side, never still: each turn is known when the middle is passed.
static void test_to_and_fro(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = {.exercise = EXERCISE_WARM_UP, .sites = SITE_BIT(SITE_HEAD) | SITE_BIT(SITE_C7)};
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++) {
        script.truth[script.n_truth++] =
            (struct truth){script_end(&script) + (i > 0 ? 0.35 : 0), 60, 0, i % 2 ? -1 : 1};
        script_go(&script, i % 2 ? -60 : 60, 0.7);
    }
    script_go(&script, 0, 0.7);
    assess(&body, &scene, &script);
    check_done(&body, &script, &worst);
    tell("to_and_fro", &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.begin_s < BEGIN_S);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_to_and_fro), cmocka_unit_test(test_rotation),       cmocka_unit_test(test_lying),
    cmocka_unit_test(test_one_way),    cmocka_unit_test(test_without_rest),   cmocka_unit_test(test_badly_done),
    cmocka_unit_test(test_hips),       cmocka_unit_test(test_without_sacrum),
};

int main(void)
{
    check_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
